"""Who may do what: one line for each address and method, one column for each kind of person.

A cell says how the site answers: a status code, or

    login   sent to the sign-in page (same for what exists and what does not)
    2fa     sent to set up the second factor first
    go      done, and sent on (302 to anywhere else)
    404     exactly as for what does not exist: same bytes, same headers, same number of queries
    a/b     a while submission is open, b after the deadline

The paper in question is #1 of edition 2021; `test_access.py` says who these people are to it. Rows with `*` hold
for every address whose name fits. `-` in the method column: both GET and POST. `200…` at the end of a line: 200 for all who
are left.

The rule of contents, checked in every cell: who is not written into KNOWS never reads a word of the paper, of its
file or of its authors, whatever the status.
"""

PEOPLE = (
    "anonymous",  # not signed in
    "stranger",  # signed in, nothing to do with the edition
    "unverified",  # signed in, named on the paper, address not verified
    "unclaimed",  # has verified another address than the one the paper names
    "contact",  # submitted the paper
    "author",  # verified co-author, not a contact
    "member",  # of the programme committee, reviews the paper
    "webchair",  # a role of the edition without rights over papers
    "chair",  # programme chair with a second factor
    "onefactor",  # programme chair without one
    "conflicted",  # programme chair, declared as a conflict by the authors
    "outsider",  # chairs another edition
    "admin",  # administrator
)

#: Who may read the paper at all. Nobody else ever sees a word of it.
KNOWS = {"contact", "author", "chair", "admin"}

#: What else some may read at one address: members see the papers they may bid on, without addresses and files.
#: The member reviews the paper: without the authors' addresses, and without what only chairs are told.
_REVIEWER = ({"member"}, {"Zephyrine", "quokkalike", "Umbriel University"})
MAY_READ = {
    "member_bids": ({"member", "onefactor"}, {"Zephyrine", "quokkalike", "Umbriel University"}),
    "member_home": _REVIEWER,
    "member_assignments": _REVIEWER,
    "member_assignment_decline": _REVIEWER,
    "member_reviews": _REVIEWER,
    "member_review": _REVIEWER,
    "member_review_versions": _REVIEWER,
    "member_review_form": _REVIEWER,
    "member_reviews_upload": _REVIEWER,
    "member_reviews_zip": ({"member"}, {"Zephyrine", "manticore"}),
    "member_review_manuscript": ({"member"}, {"manticore"}),
    "member_review_thumbnail": ({"member"}, {"manticore"}),
}

TABLE = """
address               method anonymous stranger unverified unclaimed contact author  member webchair chair   onefactor conflicted outsider admin

home                  GET    200       200      200        200       200     200     200    200      200     200       200        200      200
home                  POST   405       405      405        405       405     405     405    405      405     405       405        405      405
call                  GET    200       200      200        200       200     200     200    200      200     200       200        200      200
call                  POST   405       405      405        405       405     405     405    405      405     405       405        405      405
call_dates_ics        GET    200       200      200        200       200     200     200    200      200     200       200        200      200
call_dates_ics        POST   405       405      405        405       405     405     405    405      405     405       405        405      405

my_papers             GET    login     200      200        200       200     200     200    200      200     200       200        200      200
my_papers             POST   405       405      405        405       405     405     405    405      405     405       405        405      405
check_state           GET    login     200       200        200        200     200     200    200      200     200       200        200        200…
check_state           POST   405…
paper_new             GET    login     200/403  200/403    200/403   200/403 200/403 200/403 200/403 200/403 200/403   200/403    200/403  200/403
paper_new             POST   login     go/422   go/422     go/422    go/422  go/422  go/422 go/422   go/422  go/422    go/422     go/422   go/422
paper                 GET    login     404      404        404       200     200     404    404      200     2fa       404        404      200
paper                 POST   405       405      405        405       405     405     405    405      405     405       405        405      405
paper_edit            GET    login     404      404        404       200/go  404     404    404      404     2fa       404        404      404
paper_edit            POST   login     404      404        404       go/422  404     404    404      404     2fa       404        404      404
paper_history         GET    login     404      404        404       200     200     404    404      200     2fa       404        404      200
paper_history         POST   405       405      405        405       405     405     405    405      405     405       405        405      405
paper_withdraw        GET    login     404      404        404       200     404     404    404      200     2fa       404        404      200
paper_withdraw        POST   login     404      404        404       go      404     404    404      go      2fa       404        404      go
paper_revive          GET    405       405      405        405       405     405     405    405      405     405       405        405      405
paper_revive          POST   login     404      404        404       go      404     404    404      404     2fa       404        404      404
manuscript            GET    login     404      404        404       200     200     404    404      200     2fa       404        404      200
manuscript            POST   405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_thumbnail  GET    login     404      404        404       200     200     404    404      200     2fa       404        404      200
manuscript_thumbnail  POST   405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_use        GET    405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_use        POST   login     404      404        404       go      404     404    404      404     2fa       404        404      404
paper_attachment      GET    login     404      404        404       200     200     404    404      200     2fa       404        404      200
paper_attachment      POST   405       405      405        405       405     405     405    405      405     405       405        405      405

chair_papers          GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_papers          POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_papers_csv      GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_papers_csv      POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_extend          GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_extend          POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_waive           GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_waive           POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_out_of_scope    GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_out_of_scope    POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_back_in_scope   GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_back_in_scope   POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go

chair_reminders       GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_reminders       POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_reminder_rules  -      login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_reminder_switch GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_reminder_switch POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_reminder_preview GET   login     404      404        404       404     404     404    404      200/go  2fa       200/go     404      go
chair_reminder_preview POST  405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_reminder_send   -      login     404      404        404       404     404     404    404      go      2fa       go         404      go

chair_decisions       GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_decisions       POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decisions_bulk  -      login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_decisions_tags  GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decisions_tags  POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_review_progress GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_review_progress POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_meeting         GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_meeting         POST   login     404      404        404       404     404     404    404      go      2fa       422        404      go
chair_meeting_paper   -      login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_decision        GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_decision        POST   login     404      404        404       404     404     404    404      422     2fa       404        404      422
chair_decision_take_back GET 405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decision_take_back POST login    404      404        404       404     404     404    404      go      2fa       404        404      go
chair_decision_read   GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decision_read   POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_decision_handling GET  405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decision_handling POST login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_decision_tags   GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_decision_tags   POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_emergency       GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_emergency       POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405

chair_committee       GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee       POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_committee_csv   GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee_csv   POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_committee_rights GET   login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee_rights POST  405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_committee_settings GET login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee_settings POST login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_committee_import -     login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee_invite GET   login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_committee_invite POST  login     404      404        404       404     404     404    404      409     2fa       409        404      409
chair_member_add      GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_member_add      POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_member          GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_member          POST   login     404      404        404       404     404     404    404      409     2fa       409        404      409
chair_member_remove   GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_member_remove   POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_member_restore  GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_member_restore  POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
invitation            GET    200       200      200        200       200     200     200    200      200     200       200        200      200
invitation            POST   go        go       go         go        go      go      go     go       go      go        go         go       go
chair_assignment      GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_assignment      POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan_new        GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_plan_new        POST   login     404      404        404       404     404     404    404      go      2fa       422        404      go
chair_plan_latest     GET    login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_plan_latest     POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan            GET    login     404      404        404       404     404     404    404      200     2fa       404        404      404
chair_plan            POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan_apply      GET    login     404      404        404       404     404     404    404      200     2fa       404        404      404
chair_plan_apply      POST   login     404      404        404       404     404     404    404      go      2fa       404        404      404
chair_plan_again      GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan_again      POST   login     404      404        404       404     404     404    404      go      2fa       404        404      404
chair_plan_undo       GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan_undo       POST   login     404      404        404       404     404     404    404      go      2fa       404        404      404
chair_plan_drop       GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_plan_drop       POST   login     404      404        404       404     404     404    404      go      2fa       404        404      404
chair_plan_pair       GET    login     404      404        404       404     404     404    404      200     2fa       404        404      404
chair_plan_pair       POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_assignment_paper GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_assignment_paper POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_assignment_pair GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_assignment_pair POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
chair_assignment_load GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_assignment_load POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_assignment_csv  GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_assignment_csv  POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_assignment_import GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_assignment_import POST   login     404      404        404       404     404     404    404      200     2fa       422        404      200
committee_statistics  GET    login     404      404        404       404     404     404    404      200     404       200        404      200
committee_statistics  POST   405       405      405        405       405     405     405    405      405     405       405        405      405

chair_mail            GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_mail            POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_hold       GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_hold       POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_mail_release    GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_release    POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_mail_write      -      login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_mail_call_off   GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_call_off   POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_letters         GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_letters         POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_letter          -      login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_letter_default  GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_letter_default  POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_mail_message    GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
chair_mail_message    POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_again      GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_mail_again      POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go

chair_check           GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_check           POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_export          GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_export          POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
job                   GET    login     404      404        404       404     404     404    404      200     2fa       404        404      404
job                   POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
job_cancel            GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
job_cancel            POST   login     404      404        404       404     404     404    404      go      2fa       404        404      404
job_result            GET    login     404      404        404       404     404     404    404      200     2fa       404        404      404
job_result            POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405

member_home           GET    login     404      404        404       404     404     200    200      200     200       200        404      404
member_home           POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_profile        GET    login     404      404        404       404     404     200    404      200     200       200        404      404
member_profile        POST   login     404      404        404       404     404     go     404      go      go        go         404      404
member_carry_over     GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_carry_over     POST   login     404      404        404       404     404     go     404      go      go        go         404      404
member_assignments    GET    login     404      404        404       404     404     200    200      200     200       200        404      404
member_assignments    POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_assignment_accept GET 405       405      405        405       405     405     405    405      405     405       405        405      405
member_assignment_accept POST login    404      404        404       404     404     go     404      404     404       404        404      404
member_assignment_decline GET login    404      404        404       404     404     200    404      404     404       404        404      404
member_assignment_decline POST login   404      404        404       404     404     go     404      404     404       404        404      404
member_reviews        GET    login     404      404        404       404     404     200    200      200     200       200        404      404
member_reviews        POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_reviews_zip    GET    login     404      404        404       404     404     200    go       go      go        go         404      404
member_reviews_zip    POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_reviews_upload GET    login     404      404        404       404     404     200    200      200     200       200        404      404
member_reviews_upload POST   login     404      404        404       404     404     422    422      422     422       422        404      404
member_review         GET    login     404      404        404       404     404     200    404      404     404       404        404      404
member_review         POST   login     404      404        404       404     404     go     404      404     404       404        404      404
member_review_preview GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_review_preview POST   login     404      404        404       404     404     200    404      404     404       404        404      404
member_review_read    GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_review_read    POST   login     404      404        404       404     404     go     404      404     404       404        404      404
member_review_versions GET   login     404      404        404       404     404     200    404      404     404       404        404      404
member_review_versions POST  405       405      405        405       405     405     405    405      405     405       405        405      405
member_review_form    GET    login     404      404        404       404     404     200    404      404     404       404        404      404
member_review_form    POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_review_manuscript GET login     404      404        404       404     404     200    404      200     404       404        404      200
member_review_manuscript POST 405      405      405        405       405     405     405    405      405     405       405        405      405
member_review_thumbnail GET  login     404      404        404       404     404     200    404      200     404       404        404      200
member_review_thumbnail POST 405       405      405        405       405     405     405    405      405     405       405        405      405
member_review_attachment GET login     404      404        404       404     404     404    404      404     404       404        404      404
member_review_attachment POST 405      405      405        405       405     405     405    405      405     405       405        405      405
member_papers         GET    login     404      404        404       404     404     200    404      200     200       200        404      404
member_papers         POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_papers_add     GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_papers_add     POST   login     404      404        404       404     404     go     404      go      go        go         404      404
member_papers_remove  GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_papers_remove  POST   login     404      404        404       404     404     go     404      go      go        go         404      404
discussions           GET    login     404      404        404       404     404     404    404      200     404       404        404      200
discussions           POST   405       405      405        405       405     405     405    405      405     405       405        405      405
discussion            GET    login     404      404        404       404     404     404    404      200     2fa       404        404      200
discussion            POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
discussion_preview    GET    405       405      405        405       405     405     405    405      405     405       405        405      405
discussion_preview    POST   login     404      404        404       404     404     404    404      200     2fa       404        404      200
discussion_read       GET    405       405      405        405       405     405     405    405      405     405       405        405      405
discussion_read       POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
discussion_ready      GET    405       405      405        405       405     405     405    405      405     405       405        405      405
discussion_ready      POST   login     404      404        404       404     404     404    404      404     2fa       404        404      404
discussion_lead       GET    405       405      405        405       405     405     405    405      405     405       405        405      405
discussion_lead       POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
discussion_close      GET    405       405      405        405       405     405     405    405      405     405       405        405      405
discussion_close      POST   login     404      404        404       404     404     404    404      go      2fa       404        404      go
discussion_comment    -      login     404      404        404       404     404     404    404      404     2fa       404        404      404
paper_response        -      login     404      404        404       404     404     404    404      404     2fa       404        404      404
paper_response_preview GET   405       405      405        405       405     405     405    405      405     405       405        405      405
paper_response_preview POST  login     404      404        404       404     404     404    404      404     2fa       404        404      404
member_review_more_time GET  login     404      404        404       404     404     200    404      404     404       404        404      404
member_review_more_time POST login     404      404        404       404     404     422    404      404     404       404        404      404
member_review_guest   GET    login     404      404        404       404     404     200    404      404     404       404        404      404
member_review_guest   POST   login     404      404        404       404     404     422    404      404     404       404        404      404
chair_requests        GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_requests        POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_more_time_answer GET   405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_more_time_answer POST  login     404      404        404       404     404     404    404      404     2fa       404        404      404
chair_guest_decide    GET    405       405      405        405       405     405     405    405      405     2fa       405        405      405
chair_guest_decide    POST   login     404      404        404       404     404     404    404      404     2fa       404        404      404
guest                 -      404…
guest_review          -      404…
guest_review_preview  GET    405…
guest_review_preview  POST   404…
guest_manuscript      GET    404…
guest_manuscript      POST   405…
chair_responses       GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_responses       POST   login     404      404        404       404     404     404    404      go      2fa       go         404      go
chair_credits         GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
chair_credits         POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
committee_bids        GET    login     404      404        404       404     404     404    404      200     2fa       200        404      200
committee_bids        POST   405       405      405        405       405     405     405    405      405     2fa       405        405      405
member_bids           GET    login     404      404        404       404     404     200    404      200     200       200        404      404
member_bids           POST   405       405      405        405       405     405     405    405      405     405       405        405      405
member_bid            GET    405       405      405        405       405     405     405    405      405     405       405        405      405
member_bid            POST   login     404      404        404       404     404     go     404      go      go        go         404      404
chair_conflicts       GET    login    404      404        404       404     404     404    404      200     2fa       200        404      200
chair_conflicts       POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflicts_csv   GET    login    404      404        404       404     404     404    404      200     2fa       200        404      200
chair_conflicts_csv   POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflicts_odd   GET    login    404      404        404       404     404     404    404      200     2fa       200        404      200
chair_conflicts_odd   POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflict_add    GET    login    404      404        404       404     404     404    404      200     2fa       200        404      200
chair_conflict_add    POST   login    404      404        404       404     404     404    404      422     2fa       422        404      422
chair_conflicts_seen  GET    405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflicts_seen  POST   login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_conflict_dismiss GET    405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflict_dismiss POST   login    404      404        404       404     404     404    404      go      2fa       404        404      go
chair_conflict_restore GET    405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflict_restore POST   login    404      404        404       404     404     404    404      go      2fa       404        404      go
chair_conflict_remove GET    405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_conflict_remove POST   login    404      404        404       404     404     404    404      go      2fa       404        404      go
member_conflicts      GET    login    404      404        404       404     404     200    404      200     200       200        404      404
member_conflicts      POST   405      405      405        405       405     405     405    405      405     405       405        405      405
member_conflict_declare GET    405      405      405        405       405     405     405    405      405     405       405        405      405
member_conflict_declare POST   login    404      404        404       404     404     go     404      go      go        go         404      404
member_conflict_remove GET    405      405      405        405       405     405     405    405      405     405       405        405      405
member_conflict_remove  POST   login    404      404        404       404     404     go     404      go      go        go         404      404
institutions          GET    login    200…
institutions          POST   405…

chair_release         GET    login    404      404        404       404     404     404    404      200     2fa       200        404      200
chair_release         POST   login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_release_letters GET    login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_release_letters POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_release_preview GET    login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_release_preview POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_release_check   -      login    404      404        404       404     404     404    404      go      2fa       go         404      go
chair_release_correct -      login    404      404        404       404     404     404    404      404     2fa       404        404      404
chair_release_report  GET    login    404      404        404       404     404     404    404      200     2fa       404        404      404
chair_release_report  POST   405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_release_undo    GET    405      405      405        405       405     405     405    405      405     2fa       405        405      405
chair_release_undo    POST   login    404      404        404       404     404     404    404      go      2fa       404        404      404
paper_decision        GET    login    404      404        404       404     404     404    404      404     2fa       404        404      404
paper_decision        POST   405      405      405        405       405     405     405    405      405     405       405        405      405
member_shepherd       GET    login    404      404        404       404     404     404    404      404     404       404        404      404
member_shepherd       POST   login    404      404        404       404     404     404    404      404     404       404        404      404

healthz                                              GET    200…
healthz                                              POST   405…

account_home                                         GET    login  200…
account_home                                         POST   405…
account_profile                                      -      login  200…
account_mail                                         GET    login  200…
account_mail                                         POST   login  go…
account_mail_stop                                    -      200…
account_data                                         GET    login  200…
account_data                                         POST   405…
account_delete                                       -      login  go…
account_login                                        -      200    go…
account_logout                                       GET    go     200…
account_logout                                       POST   go…
account_inactive                                     GET    200…
account_inactive                                     POST   405…
account_signup                                       -      200    go…
account_reauthenticate                               -      login  200…
account_email                                        GET    login  200…
account_email                                        POST   login  go…
account_email_verification_sent                      -      login  go…
account_change_password                              -      login  200…
account_set_password                                 -      login  go…
account_reset_password                               -      200…
account_confirm_login_code                           -      login  go…
account_reset_password_from_key_done                 GET    200…
account_reset_password_from_key_done                 POST   405…
account_reset_password_from_key                      -      200…
account_reset_password_done                          GET    200…
account_reset_password_done                          POST   405…
mfa_index                                            GET    login  200…
mfa_index                                            POST   login  405…
mfa_authenticate                                     -      login  go…
mfa_reauthenticate                                   -      login  go     go     go     go     go     go     go     200    go     200…
mfa_activate_totp                                    -      login  go…
mfa_deactivate_totp                                  -      login  404    404    404    404    404    404    404    go     404    go…
mfa_view_recovery_codes                              GET    login  404…
mfa_view_recovery_codes                              POST   login  405…
mfa_generate_recovery_codes                          -      login  go…
mfa_download_recovery_codes                          -      login  404…
socialaccount_login_cancelled                        GET    200…
socialaccount_login_cancelled                        POST   405…
socialaccount_login_error                            GET    401…
socialaccount_login_error                            POST   405…
socialaccount_signup                                 -      login…
socialaccount_connections                            -      login  200…
social/login/cancelled/                              -      go…
social/login/error/                                  -      go…
social/signup/                                       -      go…
social/connections/                                  -      go…
usersessions_list                                    GET    login  200…
usersessions_list                                    POST   login  go…

mailbox                                              GET    404…
mailbox                                              POST   405…
mailbox_message                                      GET    404…
mailbox_message                                      POST   405…
mailbox_html                                         GET    404…
mailbox_html                                         POST   405…

call_edit                                            GET    login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit                                            POST   405    405    405    405    405    405    405    405    405    2fa    405…
call_toml                                            GET    login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_toml                                            POST   405    405    405    405    405    405    405    405    405    2fa    405…
call_publish                                         GET    405    405    405    405    405    405    405    405    405    2fa    405…
call_publish                                         POST   login  404    404    404    404    404    404    404    go     2fa    go     404    go
call_edit_texts                                      -      login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit_topics                                     -      login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit_directions                                 -      login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit_categories                                 -      login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit_dates                                      -      login  404    404    404    404    404    404    404    200    2fa    200    404    200
call_edit_move                                       -      login  404    404    404    404    404    404    404    200    2fa    200    404    200

admin:*_changelist                                   -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:*_add                                          -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:*_history                                      -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:*_change                                       -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:*_delete                                       -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:index                                          -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:login                                          GET    login  403    403    403    403    403    403    403    403    2fa    403    403    go
admin:login                                          POST   login  403    403    403    403    403    403    403    403    2fa    403    403    200
admin:logout                                         GET    go     go     go     go     go     go     go     go     go     2fa    go     go     200
admin:logout                                         POST   go     go     go     go     go     go     go     go     go     2fa    go…
admin:password_change                                -      login  login  login  login  login  login  login  login  login  2fa    login  login  go
admin:password_change_done                           GET    login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:password_change_done                           POST   login  login  login  login  login  login  login  login  login  2fa    login  login  405
admin:autocomplete                                   GET    login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:autocomplete                                   POST   login  login  login  login  login  login  login  login  login  2fa    login  login  405
admin:jsi18n                                         GET    login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:jsi18n                                         POST   login  login  login  login  login  login  login  login  login  2fa    login  login  405
admin:<path:object_id>/                              -      login  login  login  login  login  login  login  login  login  2fa    login  login  go
admin:accounts_auditentry_add                        -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:accounts_auditentry_change                     POST   login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:accounts_job_add                               -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:accounts_job_change                            POST   login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:accounts_message_add                           -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:accounts_message_change                        POST   login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:submissions_edition_add                        -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:submissions_researchdirection_delete           -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:submissions_role_delete                        -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:submissions_deadline_delete                    -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:submissions_paper_add                          -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:submissions_paper_change                       POST   login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:reviews_*_add                                  -      login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:reviews_*_change                               GET    login  login  login  login  login  login  login  login  login  2fa    login  login  go
admin:reviews_*_change                               POST   login  login  login  login  login  login  login  login  login  2fa    login  login  403
admin:reviews_member_change                          -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_*_history                              -      login  login  login  login  login  login  login  login  login  2fa    login  login  go
admin:reviews_member_history                         -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_conflict_change                        GET    login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_conflict_history                        -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_assignment_change                      GET    login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_assignment_history                      -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_proposal_change                      GET    login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:reviews_proposal_history                      -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:app_list                                       -      login  login  login  login  login  login  login  login  login  2fa    login  login  200
admin:(?P<url>.*)$                                   -      login  login  login  login  login  login  login  login  login  2fa    login  login  404
admin:view_on_site                                   -      login  login  login  login  login  login  login  login  login  2fa    login  login  404
"""
