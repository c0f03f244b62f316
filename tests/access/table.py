"""Who may do what: one line for each address and method, one column for each kind of person.

A cell says how the site answers: a status code, or

    login   sent to the sign-in page (same for what exists and what does not)
    2fa     sent to set up the second factor first
    go      done, and sent on (302 to anywhere else)
    404     exactly as for what does not exist: same bytes, same headers, same number of queries
    a/b     a while submission is open, b after the deadline

The paper in question is #1 of edition 2021; `test_access.py` says who these people are to it. Rows ending in `*` hold
for every address whose name begins so. `-` in the method column: both GET and POST.

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
    "member",  # of the programme committee
    "webchair",  # a role of the edition without rights over papers
    "chair",  # programme chair with a second factor
    "onefactor",  # programme chair without one
    "conflicted",  # programme chair, declared as a conflict by the authors
    "outsider",  # chairs another edition
    "admin",  # administrator
)

#: Who may read the paper at all. Nobody else ever sees a word of it.
KNOWS = {"contact", "author", "chair", "onefactor", "admin"}

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
paper_new             GET    login     200/403  200/403    200/403   200/403 200/403 200/403 200/403 200/403 200/403   200/403    200/403  200/403
paper_new             POST   login     go/422   go/422     go/422    go/422  go/422  go/422 go/422   go/422  go/422    go/422     go/422   go/422
paper                 GET    login     404      404        404       200     200     404    404      200     200       404        404      200
paper                 POST   405       405      405        405       405     405     405    405      405     405       405        405      405
paper_edit            GET    login     404      404        404       200/go  404     404    404      404     404       404        404      404
paper_edit            POST   login     404      404        404       go/422  404     404    404      404     404       404        404      404
paper_history         GET    login     404      404        404       200     200     404    404      200     200       404        404      200
paper_history         POST   405       405      405        405       405     405     405    405      405     405       405        405      405
paper_withdraw        GET    login     404      404        404       200     404     404    404      200     200       404        404      200
paper_withdraw        POST   login     404      404        404       go      404     404    404      go      go        404        404      go
paper_revive          GET    405       405      405        405       405     405     405    405      405     405       405        405      405
paper_revive          POST   login     404      404        404       go      404     404    404      404     404       404        404      404
manuscript            GET    login     404      404        404       200     200     404    404      200     200       404        404      200
manuscript            POST   405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_thumbnail  GET    login     404      404        404       200     200     404    404      200     200       404        404      200
manuscript_thumbnail  POST   405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_use        GET    405       405      405        405       405     405     405    405      405     405       405        405      405
manuscript_use        POST   login     404      404        404       go      404     404    404      404     404       404        404      404
paper_attachment      GET    login     404      404        404       200     200     404    404      200     200       404        404      200
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
"""
