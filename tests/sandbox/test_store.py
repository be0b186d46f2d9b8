"""Records, indexes and undo, without any vendor."""

import pytest

from integrations.sandbox.store import Store


@pytest.fixture
def store():
    store = Store()
    store.index("Lead", "email")
    store.index("Lead", "tags", read=lambda record: record.get("tags"))
    return store


def test_an_index_follows_updates(store):
    store.put("Lead", "1", {"id": "1", "email": "Ada@x.org"})
    store.put("Lead", "1", {"id": "1", "email": "grace@x.org"})

    assert store.find("Lead", "email", "ada@x.org") == []
    assert store.find("Lead", "email", "GRACE@X.ORG") == [{"id": "1", "email": "grace@x.org"}]


def test_an_index_answers_in_order_of_arrival(store):
    for record_id in "123":
        store.put("Lead", record_id, {"id": record_id, "email": "a@x"})
    store.put("Lead", "1", {"id": "1", "email": "b@x"})
    store.put("Lead", "1", {"id": "1", "email": "a@x", "changed": True})

    assert [record["id"] for record in store.find("Lead", "email", "a@x")] == ["1", "2", "3"]


def test_an_index_registered_late_knows_older_records(store):
    store.put("Lead", "1", {"id": "1", "city": "Aarhus"})

    store.index("Lead", "city")

    assert len(store.find("Lead", "city", "aarhus")) == 1


def test_a_list_is_indexed_by_each_value(store):
    store.put("Lead", "1", {"id": "1", "tags": ["a", "b"]})

    assert store.find("Lead", "tags", "b") == store.find("Lead", "tags", "a") != []


def test_an_exception_takes_the_whole_transaction_back(store):
    store.put("Lead", "1", {"id": "1", "email": "a@x"})

    def fail():
        with store.transaction():
            store.put("Lead", "1", {"id": "1", "email": "b@x"})
            store.put("Lead", "2", {"id": "2", "email": "c@x"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert store.all("Lead") == [{"id": "1", "email": "a@x"}]
    assert store.find("Lead", "email", "b@x") == []


def test_a_savepoint_takes_back_only_what_came_after_it(store):
    with store.transaction() as changes:
        store.put("Lead", "1", {"id": "1"})
        mark = store.savepoint()
        store.put("Lead", "2", {"id": "2"})
        store.remove("Lead", "1")
        store.rollback_to(mark)
        counted = (dict(changes.created), dict(changes.removed))

    assert store.all("Lead") == [{"id": "1"}]
    assert counted == ({"Lead": 1}, {})


def test_what_was_rolled_back_is_not_on_disk(tmp_path):
    store = Store(tmp_path / "s.sqlite3")
    with store.transaction():
        store.put("Lead", "1", {"id": "1"})
        store.rollback_to(0)
    store.put("Lead", "2", {"id": "2"})
    store.remove("Lead", "2")
    store.put("Lead", "3", {"id": "3"})
    store.close()

    assert Store(tmp_path / "s.sqlite3").all("Lead") == [{"id": "3"}]


def test_numbers_are_never_given_twice(tmp_path):
    store = Store(tmp_path / "s.sqlite3")
    given = [store.next_number("id")]

    def fail():
        with store.transaction():
            given.append(store.next_number("id"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    store.close()

    assert [*given, Store(tmp_path / "s.sqlite3").next_number("id")] == [1, 2, 3]


def test_clear_keeps_what_is_named(store):
    store.put("Lead", "1", {"id": "1"})
    store.put("_token", "t", {"token": "t"})
    store.set_fact("usage", 5)

    store.clear(keep=["_token"], keep_facts=["usage"])

    assert store.all("Lead") == []
    assert store.get("_token", "t") == {"token": "t"}
    assert store.fact("usage") == 5
