"""What is taken out of the console, one at a time, and the test that must see it (``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "everybody's saved filters are shown",
        "saved_filters",
        "return SavedFilter.objects.filter(user_id=own_id(request))",
        "return SavedFilter.objects.all()",
        "test_saved_filters.py::test_alice_who_owns_the_tenant_neither_sees_nor_deletes_what_bob_saved",
    ),
    (
        "a saved filter is for any list",
        "saved_filters",
        "if listing not in names:",
        "if not listing:",
        "test_saved_filters.py::test_a_list_that_is_none_and_one_of_the_other_site_are_not_there",
    ),
    (
        "a filter saved twice stands there twice",
        "saved_filters",
        "if same is not None:",
        "if same is None and False:",
        "test_saved_filters.py::test_the_same_name_again_replaces_and_twenty_are_enough",
    ),
    (
        "the palette shows tokens of others",
        "finding",
        "for token in tokens_visible_to(request).filter(known)",
        "for token in tokens_visible_to(request).model.objects.filter(known)",
        "test_going.py::test_a_person_and_a_token_are_found_and_anothers_token_by_those_alone_who_may",
    ),
    (
        "the palette shows the log to everybody",
        "finding",
        "if not may(request, P.AUDIT_READ) or not (number",
        "if not (number",
        "test_going.py::test_an_entry_of_the_log_is_found_by_its_number_by_those_who_read_it",
    ),
    (
        "a bulk discard does not ask",
        "recordings",
        'if request.POST.get("sure") != "yes":',
        'if request.POST.get("sure") == "no":',
        "test_recordings.py::test_a_bulk_discard_asks_once_more_and_leaves_what_is_held",
    ),
    (
        "who may look may discard",
        "recordings",
        'return self._may(request, "discard")',
        'return self._may(request, "view")',
        "test_recordings.py::test_ada_who_may_only_look_has_no_bulk_discard",
    ),
    (
        "a person is forgotten at once",
        "pages.recording",
        'if request.POST.get("sure") == "yes":',
        'if request.POST.get("sure") != "no":',
        "test_recordings.py::test_cora_forgets_a_person_after_she_was_shown_what_goes_and_what_is_held",
    ),
    (
        "who may not read specs is told of them",
        "pages.recording",
        "if recording.specified is None or not may(request, P.SPECS_READ):",
        "if recording.specified is None:",
        "test_recordings.py::test_a_session_on_a_path_that_has_its_spec_leads_there",
    ),
    (
        "the chart has a day too few",
        "dashboard",
        "today - datetime.timedelta(days=DAYS - 1)",
        "today - datetime.timedelta(days=DAYS - 2)",
        "test_home.py::test_the_chart_counts_each_recording_once_on_its_day",
    ),
    (
        "what is held counts as overdue",
        "filters",
        "free = Q(held=None) & ~Q(state",
        "free = ~Q(state",
        "test_recordings.py::test_the_list_is_filtered_by_state_by_what_becomes_of_it_and_by_days",
    ),
    (
        "whoever reads settings of models saves them",
        "models_asked",
        "needs(GET=P.INFERENCE_READ, POST=P.INFERENCE_MANAGE)",
        "needs(GET=P.INFERENCE_READ, POST=P.INFERENCE_READ)",
        "test_models_asked.py::test_cora_looks_and_is_offered_nothing",
    ),
    (
        "a bar goes past its budget",
        "month_use",
        "reserved = min(WIDE - used, ",
        "reserved = min(WIDE, ",
        "test_models_asked.py::test_a_bar_ends_at_the_budget",
    ),
    (
        "a day on which nobody looked is green",
        "posture.history",
        "put(still + _ONE, until, Mark.UNKNOWN)",
        "put(still + _ONE, until, Mark.KEPT)",
        "posture/test_history.py::test_what_failed_stays_so_until_somebody_looks_again",
    ),
    (
        "what was accepted is hidden",
        "posture.history",
        "line[at] = RANK[Mark.ACCEPTED]",
        "line[at] = RANK[Mark.KEPT]",
        "posture/test_history.py::test_an_accepted_failure_is_told_apart_on_the_whole_days_of_it",
    ),
    (
        "what is not known counts less than what is kept",
        "posture.marks",
        "(Mark.BROKEN, Mark.UNKNOWN, Mark.ACCEPTED, Mark.KEPT,",
        "(Mark.BROKEN, Mark.ACCEPTED, Mark.KEPT, Mark.UNKNOWN,",
        "posture/test_strips.py::test_of_several_the_one_that_is_not_kept_counts_and_nothing_unknown_is_green",
    ),
    (
        "an auditor sees how things stand now",
        "posture.sight",
        "return not self.is_empty and self.first <= self.today <= self.last",
        "return not self.is_empty",
        "posture/test_auditor.py::test_ada_sees_how_things_stood_in_her_days_and_not_how_they_stand_now",
    ),
    (
        "a digest that is not the log's is called the same",
        "pages.run",
        'return said.get("digest") == found.digest and said.get("run") == str(found.id)',
        "return True",
        "posture/test_details.py::test_a_run_that_somebody_changed_past_the_application_is_said_in_red",
    ),
)
