"""How the pictures move with the sound: which scene each frame shows, and what moves inside it.

`drive` says what of a sound moves pictures, `arrivals` when scenes change, `wander`, `camera` and `dance` what moves
between changes, and `film_motion` puts them together: the one value that frames are drawn from. `flash_meter` and
`flash_limit` see to it that no clip flashes.
"""
