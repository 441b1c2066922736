"""A made-up player of YouTube's: of the shape that the solver's scripts look for, with challenges that we can check."""

from __future__ import annotations

PLAYER_URL = "https://www.youtube.com/s/player/0123abcd/player_ias.vflset/en_US/base.js"


def player(*, functions: int = 0, throws: bool = False) -> str:
    """Return the script of a player.

    Parameters
    ----------
    functions : int
        How many others stand around the two that matter: 15 000 make 2.4 MB.
    throws : bool
        Whether what solves ``n`` throws instead.
    """
    others = "".join(
        f"var f{number}=function(a,b){{for(var i=0;i<a.length;i++){{b=(b*31+a.charCodeAt(i)+{number})%65521;"
        f"if(b>{number}){{b-={number % 97}}}}}return{{a:b,c:[a,b,'{number}'],d:function(x){{return x+b}}}}}};\n"
        for number in range(functions)
    )
    turn = "throw new Error('no')" if throws else "if(this.p.n)this.p.n=this.p.n.split('').reverse().join('')+'x'"
    return f"""var _yt_player={{}};(function(g){{'use strict';
{others}class Url{{
  constructor(address){{this.p={{}}}}
  set(key,value){{this.p[key]=value}}
  get(key){{return this.p[key]}}
  clone(){{return this}}
  turn(){{{turn}}}
}}
var make=function(address,key,sig){{
  var url=new Url(address);
  url.set("alr","yes");
  if(sig)url.set(key,encodeURIComponent(decodeURIComponent(sig).slice(2).split("").reverse().join("")));
  return url
}};
}})(_yt_player);"""


def solved_n(challenge: str) -> str:
    """Return what the player makes of an ``n`` challenge."""
    return challenge[::-1] + "x"


def solved_sig(challenge: str) -> str:
    """Return what the player makes of a signature."""
    return challenge[2:][::-1]
