"""What is taken out of the push to a SIEM, one at a time, and the test that must see it (tests/apps/mutations.py)."""

from __future__ import annotations

from typing import Final

_PUSHING: Final = "test_pushing.py::test_"
_SINKS: Final = "test_sinks.py::test_"
_GAPS: Final = "test_gaps_and_names.py::test_"
_OCSF: Final = "test_ocsf.py::test_"
_MAPPED: Final = _OCSF + "what_an_entry_is_in_the_words_of_ocsf"
_WHOLE: Final = _OCSF + "whatever_stands_in_an_entry_its_event_is_valid_and_has_all_of_it"
_SECRET: Final = _SINKS + "a_secret_that_would_not_stay_in_its_header_is_refused_and_not_quoted"
_LATE: Final = _PUSHING + "the_late_word_of_a_worker_that_was_given_up_moves_nothing"
_OFF: Final = _PUSHING + "what_does_not_get_better_is_switched_off_after_a_while"
_TEST: Final = _SINKS + "a_test_is_a_whole_event_that_stands_in_no_log"
_REPLAY: Final = _SINKS + "a_replay_begins_at_a_place_or_at_a_time"
_ENTRIES: Final = _SINKS + "setting_up_trying_and_replaying_are_entries_and_say_no_secret"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "a late worker moves the position", "pushing",
        "turn=turn.number, disabled=None", "disabled=None", _LATE,
    ),
    (
        "the position moves from anywhere", "pushing",
        ".filter(position=batch.first)", "", _PUSHING + "the_position_moves_only_from_where_was_read",
    ),
    (
        "two workers at one sink", "pushing",
        "removed=None, next_try__lte=now)\n        if not free", "removed=None)\n        if not free",
        _PUSHING + "eight_workers_at_one_sink_send_everything_once",
    ),
    (
        "what failed counts as taken", "pushing",
        "if sent is not None and not sent.is_delivered:", "if sent is not None and sent.status is None:",
        _PUSHING + "after_a_failure_there_is_a_pause_that_grows_and_then_it_goes_on_where_it_was",
    ),
    (
        "nobody is waited for", "pushing",
        "pause = max(pause, datetime.timedelta(seconds=sent.wait))", "pass",
        _PUSHING + "who_asks_to_wait_is_waited_for",
    ),
    (
        "all sinks try at the same moment", "pushing",
        "1 + random.uniform(0, JITTER)", "1",
        _PUSHING + "after_a_failure_there_is_a_pause_that_grows_and_then_it_goes_on_where_it_was",
    ),
    (
        "too much stays too much", "pushing",
        "if sink.status == _TOO_LARGE else", "if sink.status is None else",
        _PUSHING + "a_collector_that_finds_it_too_much_is_sent_less_at_once",
    ),
    (
        "every failure is a refusal", "pushing",
        "if _is_refusal(sent) else None", "if sent else None",
        _PUSHING + "a_refusal_between_failures_does_not_count_as_a_day_of_refusals",
    ),
    (
        "too many requests are a refusal", "pushing",
        "408, 413, 425, 429", "408, 413, 425", _OFF,
    ),
    (
        "a sink is never switched off", "pushing",
        "if noted and why is not None and sinks", "if noted and why is not None and not sinks", _OFF,
    ),
    (
        "a push may stand in a transaction", "pushing",
        "if connection.in_atomic_block:", "if connection is None:",
        _PUSHING + "a_push_is_not_begun_within_a_transaction",
    ),
    (
        "a sink that has everything is due", "pushing",
        "position__lt=size)", "position__lte=size)",
        _PUSHING + "the_schedule_finds_what_is_due_in_each_tenant_and_two_of_it_send_once",
    ),
    (
        "what is not signed is sent", "batches",
        "placed.signed_size()) - 1", "placed.Leaf.objects.count()) - 1",
        _PUSHING + "what_is_not_signed_yet_is_not_sent",
    ),
    (
        "what somebody changed is sent as logged", "batches",
        "and place.is_as_logged", "",
        _GAPS + "an_entry_that_was_changed_past_the_application_is_not_passed_on_as_logged",
    ),
    (
        "a request has no limit", "batches",
        "> MOST_BYTES", "> MOST_BYTES**2", _PUSHING + "a_request_is_a_megabyte_at_most",
    ),
    (
        "what was pruned counts as faulty", "batches",
        "            pruned += 1", "            faulty += 1",
        _GAPS + "pruned_entries_are_passed_over_counted_and_hold_nobody_up",
    ),
    (
        "Splunk's time is in milliseconds", "batches",
        'event["time"] / 1000', 'event["time"]', _PUSHING + "each_form_holds_the_same_events",
    ),
    ("a secret ends its line", "proving", r"[\x20-\x7e]*", r"[\x00-\x7e]*", _SECRET),
    ("a header of the request is given", "proving", "if header.lower() in _OURS:", "if header in _OURS:", _SECRET),
    (
        "every collector is a bearer's", "proving",
        "{_SCHEMES[proof]} {sink", "Bearer {sink", _PUSHING + "the_collector_is_shown_who_it_is",
    ),
    (
        "what went to an old address counts for the new one", "sinks",
        'turn=F("turn") + 1, tries=0', "tries=0",
        _PUSHING + "what_is_on_its_way_to_an_old_address_is_sent_to_the_new_one",
    ),
    (
        "a replay begins outside of the log", "sinks",
        "if not 0 <= place <= size:", "if size < 0:", _SINKS + "nothing_is_replayed_from_outside_of_the_log",
    ),
    ("a replay begins too late", "sinks", "low = middle + 1", "low = middle + 2", _REPLAY),
    ("a replay is no entry", "sinks", "record(Action.EXPORT", "str(Action.EXPORT", _ENTRIES),
    ("a test is no entry", "sinks", "record(Action.CHECK", "str(Action.CHECK", _ENTRIES),
    (
        "a sink that is gone keeps its secret", "sinks",
        "        sink.secret = None\n", "", _SINKS + "a_sink_that_is_taken_away_keeps_neither_address_nor_secret",
    ),
    ("a test stands in the log", "trying", 'if name != "sequence"', "if name", _TEST),
    ("a test is sent twice", "trying", ", test_state=Sink.Test.WAITING)\n    if", ")\n    if", _TEST),
    (
        "a worker keeps what others wait for", "tasks",
        "if done is not None and done.has_more:", "if done is None:",
        _GAPS + "a_worker_that_takes_long_leaves_the_rest_to_another_task",
    ),
    (
        "a name that leads inside is connected to", "pushing",
        "return send(to, headers, body)", "return send(to, headers, body, lambda host, port: ['127.0.0.1'])",
        _GAPS + "a_name_is_looked_up_once_at_each_try_and_what_was_vetted_is_connected_to",
    ),
)  # fmt: skip
OCSF: Final = (
    (
        "an event does not say which entry it is", "ocsf",
        'f"{tenant}:{index}"', "str(tenant)", _OCSF + "an_event_says_which_entry_it_is_of_which_log",
    ),
    (
        "times are microseconds", "ocsf_members",
        "timedelta(milliseconds=1)", "timedelta(microseconds=1)",
        _OCSF + "times_are_milliseconds_and_the_microseconds_are_kept",
    ),
    (
        "a refusal is a success", "ocsf",
        '"sign-in failed", "refusal", "failure"}', '"sign-in failed", "failure"}', _MAPPED,
    ),
    ("a name is lost", "ocsf_members", '"full_name": name,', '"full_name": None,', _WHOLE),
    (
        "an action has no class", "ocsf_classes",
        '    "state change": _state_changed,\n', "", _OCSF + "every_action_of_the_vocabulary_has_its_class",
    ),
    (
        "an event has what its class has not", "ocsf_classes",
        '"is_remote": True}', '"is_remote": True, "api": {}}',
        _OCSF + "entries_of_every_action_are_valid_events",
    ),
    (
        "a write past the application is nothing special", "ocsf",
        'text(entry, "actor_kind") == "database"', 'text(entry, "actor_kind") == "nobody"',
        _OCSF + "a_write_past_the_application_is_more_severe_than_one_by_it",
    ),
)  # fmt: skip
"""Of the mapping, which stands in apps/audit."""
