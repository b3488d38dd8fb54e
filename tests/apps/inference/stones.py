"""What is taken out of inference, one at a time, and the test that must see it (``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

_BUDGET: Final = "test_budget.py::test_"
_SETTINGS: Final = "test_settings.py::test_"

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "the budget is read first and written then",
        "budget",
        'free = MonthlyUse.objects.filter(month=month, used__lte=budget - F("reserved") - wanted)',
        "free = MonthlyUse.objects.filter(month=month)\n"
        '        if not free.filter(used__lte=budget - F("reserved") - wanted).exists():\n'
        "            free = free.none()",
        _BUDGET + "of_twenty_at_once_as_many_are_asked_as_the_budget_bears",
    ),
    (
        "what is reserved does not count",
        "budget",
        'used__lte=budget - F("reserved") - wanted',
        "used__lte=budget - wanted",
        _BUDGET + "of_twenty_at_once_as_many_are_asked_as_the_budget_bears",
    ),
    (
        "a call is held against what it takes on average",
        "budget",
        "wanted = size + prompt.most_tokens",
        "wanted = (size + prompt.most_tokens) // 2",
        _BUDGET + "what_a_call_took_is_counted_and_what_it_did_not_take_is_free_again",
    ),
    (
        "months are those of the machine",
        "budget",
        "return when.astimezone(datetime.UTC).date().replace(day=1)",
        "return when.date().replace(day=1)",
        _BUDGET + "months_are_those_of_utc",
    ),
    (
        "a call counts where it ends",
        "budget",
        'MonthlyUse.objects.filter(month=row["month_id"]).update(',
        "MonthlyUse.objects.filter(month=month_of(timezone.now())).update(",
        _BUDGET + "another_month_has_its_own_budget_and_a_call_counts_where_it_began",
    ),
    (
        "a negative count is believed",
        "budget",
        "return all(type(count) is int and count >= 0 for count in counts) and tokens.total <= most",
        "return all(type(count) is int for count in counts) and tokens.total <= most",
        _BUDGET + "a_count_that_cannot_be_is_not_believed_whoever_says_it",
    ),
    (
        "more than was reserved is believed",
        "budget",
        " and tokens.total <= most",
        "",
        _BUDGET + "a_count_that_cannot_be_counts_with_all_that_was_reserved",
    ),
    (
        "what nobody knows is nothing",
        "budget",
        "return 0 if outcome in _TAKES_NOTHING else reserved",
        "return 0",
        _BUDGET + "a_refused_request_took_nothing_and_of_a_broken_one_nobody_knows",
    ),
    (
        "an answer after the end is used",
        "budget",
        "return outcome if ended else Failure.TIMED_OUT",
        "return outcome",
        _BUDGET + "what_comes_after_a_call_was_taken_for_lost_is_used_for_nothing",
    ),
    (
        "a dead worker's call is left as it is",
        "budget",
        "late = Q(state=ModelCall.State.RESERVED, lost_after__lte=now or timezone.now())",
        "late = Q(state=ModelCall.State.SETTLED, lost_after__lte=now or timezone.now())",
        _BUDGET + "a_worker_that_dies_in_the_middle_is_counted_with_all_that_it_could_have_taken",
    ),
    (
        "a call is lost before its time",
        "budget",
        "lost_after__lte=now or timezone.now())",
        "lost_after__isnull=False)",
        _BUDGET + "a_worker_that_dies_in_the_middle_is_counted_with_all_that_it_could_have_taken",
    ),
    (
        "a task that is stopped keeps its reservation",
        "metered",
        "budget.give_up(reserved)",
        "pass",
        _BUDGET + "a_task_that_is_told_to_stop_leaves_no_reservation",
    ),
    (
        "a transaction spans a call",
        "metered",
        "if connection.in_atomic_block:",
        "if connection.in_atomic_block and not self.model:",
        _SETTINGS + "no_transaction_spans_a_call",
    ),
    (
        "what was chosen before is sent all the same",
        "budget",
        "return ModelSettings.objects.filter(id=1, **{name: getattr(chosen, name) for name in _HELD})",
        "return ModelSettings.objects.filter(id=1)",
        _SETTINGS + "nothing_is_sent_any_more_once_the_settings_are_others",
    ),
    (
        "what does not go together is left to the database",
        "configuring",
        "        refuse(changed)\n",
        "",
        _SETTINGS + "what_does_not_go_together_is_refused_by_us_and_by_the_database",
    ),
    (
        "one key is as good as another",
        "installation",
        "return bool(settings.MODEL_BEDROCK_KEY) or may_sign",
        "return bool(settings.MODEL_BEDROCK_KEY or settings.MODEL_ANTHROPIC_KEY) or may_sign",
        _SETTINGS + "bedrock_is_asked_in_its_region_by_its_own_key",
    ),
    (
        "a price is guessed",
        "prices",
        "price = PRICES.get(model) if client == Client.ANTHROPIC else None",
        'price = PRICES.get(model, PRICES["claude-opus-5-5"])',
        _SETTINGS + "what_a_call_costs_is_estimated_where_a_price_is_known",
    ),
)
