//! The faults, and the promises that each one breaks.

/// The faults of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Acknowledges commits and stores nothing.
    ForgetsCommits,
    /// Reads only the cases of the message's account.
    SeesOneDoor,
    /// Identifies messages by account and id only.
    ForgetsTheSender,
    /// Checks whether a message was handled before the commit and not within it.
    ChecksTooEarly,
    /// Commits the parts of a change set one after the other.
    CommitsInParts,
    /// Accepts any version of a conversation or a case.
    LastWriterWins,
    /// Reports a case's conflict before a message's.
    NamesTheLastConflict,
    /// Accepts a change set that contradicts itself.
    SwallowsContradictions,
    /// Returns records that were never stored.
    Invents,
    /// Replaces awkward characters in stored texts.
    Cleans,
    /// Reverses pages and lists.
    Reverses,
    /// Counts only the cases of the page.
    CountsThePage,
    /// Goes on after as many cases as the pages before had.
    PagesByCount,
    /// Begins again where the cursor belongs to another order.
    TakesAnyCursor,
    /// Counts a case as overdue at its due time, and finished cases as owed.
    SweepsTooMuch,
    /// Returns a case to claim without claiming it.
    LooksInsteadOfClaiming,
    /// Claims the case that it read, even if it has changed since.
    ClaimsWithoutLooking,
    /// Never ends a lease.
    HoldsForEver,
    /// Ends every lease at once.
    HoldsNothing,
    /// Renews for any token.
    RenewsForAll,
    /// Renews only while the lease lasts.
    RenewsInTimeOnly,
    /// Leaves the citizen's messages out of a conversation.
    ShowsTheLettersOnly,
    /// Leaves claims out of the journal.
    ForgetsClaims,
    /// Keeps only the journal records of cases and handled messages.
    ForgetsFeedback,
    /// Never reports the end of the journal.
    ReadsOn,
    /// Loses records committed while the journal is read.
    SkipsRecords,
    /// Returns alarms that were raised already, and alarms of paused clocks.
    RaisesAgain,
    /// Its clock does not advance.
    StandsStill,
    /// Claims by the filter alone and ignores the rest of the pick.
    ForgetsThePick,
    /// Searches neither texts, nor offers, nor owed answers.
    LooksAtTheOutside,
    /// Reports an erasure and erases nothing.
    ErasesNothing,
    /// Erases another citizen as well.
    ErasesOthers,
    /// Retention removes nothing.
    PrunesNothing,
    /// Retention closes old cases and removes them.
    PrunesLiveWork,
    /// Retention ignores its limit.
    PrunesWithoutLimit,
    /// Returns letters only of cases after the last one returned.
    SendsBehindTheLast,
    /// Returns the letters of open cases only.
    SendsTheOpenOnly,
    /// Returns letters before their time.
    SendsTooEarly,
    /// Lists no letter that waits for a person.
    HidesStuck,
}

use Fault::*;

pub(super) const FAULTS: &[(Fault, &[&str])] = &[
    (
        ForgetsCommits,
        &[
            "outcome_comes_back_as_committed",
            "case_comes_back_as_committed",
            "replay_equals_state",
        ],
    ),
    (
        ShowsTheLettersOnly,
        &[
            "turns_are_those_of_one_conversation",
            "turns_end_with_their_citizen",
        ],
    ),
    (SeesOneDoor, &["arrival_is_what_its_parts_are"]),
    (ForgetsTheSender, &["messages_are_told_apart_by_the_whole_key"]),
    (ChecksTooEarly, &["redelivery_in_parallel_commits_once"]),
    (
        CommitsInParts,
        &[
            "message_is_handled_once",
            "set_is_whole_or_nothing",
            "commit_stands_together",
        ],
    ),
    (
        LastWriterWins,
        &[
            "conversation_at_another_version_conflicts",
            "conversation_loses_no_update",
            "case_at_another_version_conflicts",
            "case_moves_once_from_each_version",
            "new_case_must_not_exist",
            "ended_lease_is_taken_over",
        ],
    ),
    (NamesTheLastConflict, &["first_conflict_is_named"]),
    (SwallowsContradictions, &["contradiction_is_refused"]),
    (
        Invents,
        &[
            "unknown_message_has_no_outcome",
            "unknown_citizen_has_a_new_conversation",
            "empty_set_is_nothing",
        ],
    ),
    (
        Cleans,
        &[
            "outcome_comes_back_as_committed",
            "conversation_is_stored_one_higher",
            "case_comes_back_as_committed",
        ],
    ),
    (
        Reverses,
        &[
            "page_is_in_the_order_of_the_queue",
            "filter_names_what_it_says",
            "counts_are_those_of_the_cases",
            "due_is_what_is_owed_before",
            "alarms_are_what_is_to_be_raised",
            "journal_is_in_the_order_of_the_commits",
        ],
    ),
    (
        ForgetsThePick,
        &[
            "pick_gives_in_its_order",
            "pick_keeps_to_the_skills",
            "pick_keeps_to_the_capacity",
            "pick_keeps_to_the_capacity_at_once",
        ],
    ),
    (
        LooksAtTheOutside,
        &[
            "text_is_found_as_it_stands",
            "filter_knows_states_offers_and_due_times",
        ],
    ),
    (CountsThePage, &["pages_cover_everything_once"]),
    (
        PagesByCount,
        &[
            "pages_neither_skip_nor_repeat_what_moves",
            "pages_hold_what_is_claimed_as_it_is_read",
        ],
    ),
    (TakesAnyCursor, &["cursor_of_another_order_is_refused"]),
    (
        SweepsTooMuch,
        &["due_is_what_is_owed_before", "nothing_done_or_closed_is_due"],
    ),
    (
        LooksInsteadOfClaiming,
        &["claim_is_recorded", "claim_gives_the_most_urgent_first"],
    ),
    (
        ClaimsWithoutLooking,
        &[
            "claims_never_double",
            "picks_never_double",
            "claim_of_one_case",
            "claim_keeps_to_its_filter",
        ],
    ),
    (
        HoldsForEver,
        &["ended_lease_is_taken_over", "lapsed_claims_never_double"],
    ),
    (
        HoldsNothing,
        &["renewed_lease_is_not_taken_over", "claims_never_double"],
    ),
    (
        RenewsForAll,
        &["only_the_token_renews", "ended_lease_is_taken_over"],
    ),
    (RenewsInTimeOnly, &["ended_lease_can_be_renewed"]),
    (ForgetsClaims, &["replay_equals_state", "claim_is_recorded"]),
    (ForgetsFeedback, &["feedback_moves_no_case"]),
    (ReadsOn, &["journal_pages_end"]),
    (SkipsRecords, &["journal_skips_nothing"]),
    (
        RaisesAgain,
        &[
            "a_raised_alarm_is_not_given_again",
            "a_moved_deadline_moves_its_alarms",
        ],
    ),
    (StandsStill, &["the_clock_goes_on"]),
    (
        ErasesNothing,
        &[
            "erasing_leaves_no_trace_of_the_citizen",
            "erasing_leaves_open_cases",
            "erasing_follows_mergers",
            "replay_equals_state_after_erasing",
            "erasing_waits_for_letters_and_takes_their_words",
        ],
    ),
    (ErasesOthers, &["erasing_leaves_others_alone"]),
    (PrunesNothing, &["pruning_removes_what_ended_before"]),
    (
        PrunesLiveWork,
        &[
            "pruning_spares_live_work",
            "pruning_spares_letters_that_did_not_arrive",
        ],
    ),
    (SendsBehindTheLast, &["letters_are_found_by_their_state"]),
    (SendsTheOpenOnly, &["letters_of_a_closed_case_are_found"]),
    (SendsTooEarly, &["letters_are_found_when_their_time_has_come"]),
    (HidesStuck, &["stuck_letters_are_found"]),
    (PrunesWithoutLimit, &["pruning_keeps_to_its_limit"]),
];
