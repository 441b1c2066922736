"""The outbox: everything is said once, whatever dies in between."""

import pytest

from storage.clips import clips
from storage.database.transactions import Database
from storage.engine.embedded import EmbeddedEngine
from storage.errors import StorageError
from storage.outbox import deliveries, posted_messages
from storage.outbox.deliveries import Delivery
from storage.outbox.posted_messages import Role
from storage.requests import release, requests
from storage.requests.requests import Request
from storage.states import DeliveryState, RequestState
from tests.doubles.books import HandClock, clip_of, submit


@pytest.fixture
def rendered(database: Database, engine: EmbeddedEngine) -> Request:
    """A request whose clip is made, and whose status message is in the chat."""
    with database.write() as tx:
        request = submit(tx, "e1", channel="topic")
        posted_messages.add(
            tx, chat_id=request.chat_id, channel="topic", message="status-1", role=Role.STATUS, request_id=request.id
        )
        release.release(tx, engine, window=1)
        requests.begin(tx, request.id, 1)
        requests.start_rendering(tx, request.id, 1)
        assert requests.finish_render(tx, request.id, 1, clip_of(request.id, 1))
        return requests.get(tx, request.id)


def claim(database: Database, owner: str = "bot") -> Delivery | None:
    with database.write() as tx:
        return deliveries.claim(tx, "telegram", owner)


def claimed(database: Database, owner: str = "bot") -> Delivery:
    delivery = claim(database, owner)
    assert delivery is not None
    return delivery


def state(database: Database, request: Request) -> RequestState:
    with database.read() as tx:
        return requests.get(tx, request.id).state


def test_a_claim_knows_where_to_say_it_and_what_was_said(database: Database, rendered: Request) -> None:
    delivery = claimed(database)
    assert (delivery.chat, delivery.channel, delivery.reply_to) == ("music", "topic", "asks-e1")
    assert delivery.posted[Role.STATUS].message == "status-1"
    assert (delivery.attempts, delivery.in_doubt) == (1, None)
    assert state(database, rendered) is RequestState.DELIVERING


def test_a_delivery_is_claimed_by_one_bot_and_only_of_its_platform(database: Database, rendered: Request) -> None:
    with database.write() as tx:
        assert deliveries.claim(tx, "discord", "bot") is None
    assert claim(database, "one") is not None
    assert claim(database, "other") is None


def test_the_steps_of_a_delivery(database: Database, rendered: Request) -> None:
    delivery = claimed(database)
    with database.write() as tx:
        assert deliveries.sending(tx, delivery.id, delivery.fence, Role.CLIP)
    with database.write() as tx:
        assert deliveries.posted(tx, delivery.id, delivery.fence, Role.CLIP, "m-9", file_id="BAAD")
        assert deliveries.sent(tx, delivery.id, delivery.fence)
    assert state(database, rendered) is RequestState.DELIVERED
    assert claim(database) is None
    with database.read() as tx:
        assert requests.get(tx, rendered.id).ended_at_s is not None
        found = posted_messages.find(tx, "telegram", "music", "m-9")
        assert found is not None
        assert found.clip_id == rendered.clip_id
        shown = clips.get(tx, found.clip_id)
        assert posted_messages.file_id(tx, shown.id, "telegram") == "BAAD"
        assert posted_messages.file_id(tx, shown.id, "discord") is None
        message = posted_messages.of_request(tx, rendered.id, Role.CLIP)
        assert message == posted_messages.find(tx, "telegram", "music", "m-9")


def test_a_bot_that_died_before_it_sent_is_replaced(database: Database, rendered: Request, clock: HandClock) -> None:
    dead = claimed(database, "dead")
    assert claim(database) is None
    clock.advance(deliveries.LEASE_S)
    successor = claimed(database)
    assert (successor.id, successor.attempts, successor.in_doubt) == (dead.id, 2, None)


def test_a_bot_that_died_while_sending_leaves_a_doubt(database: Database, rendered: Request, clock: HandClock) -> None:
    dead = claimed(database, "dead")
    with database.write() as tx:
        deliveries.sending(tx, dead.id, dead.fence, Role.CLIP)
    clock.advance(deliveries.LEASE_S)
    successor = claimed(database)
    assert successor.in_doubt is Role.CLIP
    assert successor.nonce(Role.CLIP) == dead.nonce(Role.CLIP)


def test_a_doubt_outlives_the_pause_before_the_next_attempt(
    database: Database, rendered: Request, clock: HandClock
) -> None:
    delivery = claimed(database)
    with database.write() as tx:
        deliveries.sending(tx, delivery.id, delivery.fence, Role.STATUS)
    since_s = clock.now_s
    with database.write() as tx:
        assert deliveries.reschedule(tx, delivery.id, delivery.fence, after_s=30, in_doubt=True)
    clock.advance(30)
    again = claimed(database)
    assert (again.in_doubt, again.in_doubt_since_s) == (Role.STATUS, since_s)


def test_what_becomes_of_a_request_knows_of_a_status_in_doubt(database: Database, rendered: Request) -> None:
    with database.write() as tx:
        deliveries.add_for_request(tx, rendered.id, "status")
    claims = [claimed(database), claimed(database)]
    [clip] = [delivery for delivery in claims if delivery.kind == "clip"]
    [status] = [delivery for delivery in claims if delivery.kind == "status"]
    assert clip.in_doubt is None
    with database.write() as tx:
        deliveries.sending(tx, status.id, status.fence, Role.STATUS)
        assert deliveries.get(tx, clip.id).in_doubt is Role.STATUS
        deliveries.posted(tx, status.id, status.fence, Role.STATUS, "m-1")
        assert deliveries.get(tx, clip.id).in_doubt is None


def test_an_upload_that_takes_long_keeps_its_claim(database: Database, rendered: Request, clock: HandClock) -> None:
    delivery = claimed(database)
    for _ in range(3):
        clock.advance(deliveries.LEASE_S - 1)
        with database.write() as tx:
            assert deliveries.renew(tx, delivery.id, delivery.fence)
    assert claim(database) is None


def test_a_bot_that_lost_its_claim_changes_nothing_but_says_what_it_posted(
    database: Database, rendered: Request, clock: HandClock
) -> None:
    late = claimed(database, "late")
    clock.advance(deliveries.LEASE_S)
    successor = claimed(database)
    with database.write() as tx:
        assert not deliveries.renew(tx, late.id, late.fence)
        assert not deliveries.sending(tx, late.id, late.fence, Role.CLIP)
        assert not deliveries.reschedule(tx, late.id, late.fence, after_s=1)
        assert not deliveries.hold(tx, late.id, late.fence, "gone")
        assert not deliveries.abandon(tx, late.id, late.fence, "gone")
        assert not deliveries.sent(tx, late.id, late.fence)
        assert not deliveries.posted(tx, late.id, late.fence, Role.CLIP, "m-1")
    with database.read() as tx:
        held = deliveries.get(tx, late.id)
        assert (held.state, held.fence) == (DeliveryState.SENDING, successor.fence)
        assert held.posted[Role.CLIP].message == "m-1"


def test_a_refused_message_is_tried_again_later(database: Database, rendered: Request, clock: HandClock) -> None:
    delivery = claimed(database)
    with database.write() as tx:
        deliveries.sending(tx, delivery.id, delivery.fence, Role.CLIP)
        assert deliveries.reschedule(tx, delivery.id, delivery.fence, after_s=30)
    assert claim(database) is None
    clock.advance(30)
    again = claimed(database)
    assert (again.id, again.attempts, again.in_doubt) == (delivery.id, 2, None)


def test_a_clip_that_has_nowhere_to_go_is_held_until_somebody_asks(database: Database, rendered: Request) -> None:
    delivery = claimed(database)
    with database.write() as tx:
        assert deliveries.hold(tx, delivery.id, delivery.fence, "chat_gone")
    assert claim(database) is None
    assert state(database, rendered) is RequestState.RENDERED


def test_a_clip_is_shown_again_without_being_made_again(database: Database, rendered: Request) -> None:
    first = claimed(database)
    with database.write() as tx:
        deliveries.sent(tx, first.id, first.fence)
        assert rendered.clip_id is not None
        for _ in range(2):
            deliveries.show(
                tx, rendered.clip_id, platform="telegram", event_id="show-1", chat_id=rendered.chat_id, language="de"
            )
    shown = claimed(database)
    assert (shown.kind, shown.clip_id, shown.request_id, shown.language) == ("show", rendered.clip_id, None, "de")
    assert claim(database) is None
    with database.write() as tx:
        deliveries.posted(tx, shown.id, shown.fence, Role.CLIP, "m-2")
        assert deliveries.sent(tx, shown.id, shown.fence)
        found = posted_messages.find(tx, "telegram", "music", "m-2")
        assert found is not None
        assert found.clip_id == rendered.clip_id
    assert state(database, rendered) is RequestState.DELIVERED


def test_a_notice_can_be_dropped_when_nobody_is_there_to_read_it(database: Database) -> None:
    with database.write() as tx:
        requests.cancel(tx, submit(tx, "e1").id)
    notice = claimed(database)
    assert (notice.kind, notice.clip_id) == ("notice", None)
    with database.write() as tx:
        assert deliveries.abandon(tx, notice.id, notice.fence, "chat_gone")
        assert deliveries.get(tx, notice.id).state is DeliveryState.DROPPED
    assert claim(database) is None


def test_the_oldest_delivery_goes_first(database: Database, clock: HandClock) -> None:
    with database.write() as tx:
        first, second = submit(tx, "e1"), submit(tx, "e2")
        requests.cancel(tx, second.id)
    clock.advance(1)
    with database.write() as tx:
        requests.cancel(tx, first.id)
    assert [claimed(database).request_id, claimed(database).request_id] == [second.id, first.id]


def test_a_message_that_becomes_something_else_is_known_by_its_new_role(database: Database, rendered: Request) -> None:
    delivery = claimed(database)
    with database.write() as tx:
        deliveries.posted(tx, delivery.id, delivery.fence, Role.CLIP, "status-1")
        found = posted_messages.find(tx, "telegram", "music", "status-1")
        assert found is not None
        assert (found.role, found.clip_id) == (Role.CLIP, rendered.clip_id)
        posted_messages.forget(tx, "telegram", "music", "status-1")
        assert posted_messages.find(tx, "telegram", "music", "status-1") is None


def test_nobody_finds_a_delivery_that_is_not_there(database: Database) -> None:
    with database.write() as tx:
        with pytest.raises(StorageError):
            deliveries.get(tx, 404)
        assert not deliveries.posted(tx, 404, 1, Role.CLIP, "m")
