"""Addresses: who reviews what, for members and for chairs."""

from django.urls import URLPattern, path

from reviews.views import assignment, assignment_csv, assignment_edit, assignment_plan, assignments_member

MEMBER = "<slug:edition>/member/assignments/"
CHAIR = "<slug:edition>/chair/committee/assignment/"
PLAN = f"{CHAIR}plans/<uuid:key>/"
PAPER = f"{CHAIR}papers/<int:number>/"
urlpatterns: list[URLPattern] = [
    path(MEMBER, assignments_member.mine, name="member_assignments"),
    path(f"{MEMBER}<int:number>/accept/", assignments_member.accept, name="member_assignment_accept"),
    path(f"{MEMBER}<int:number>/decline/", assignments_member.decline, name="member_assignment_decline"),
    path(CHAIR, assignment.overview, name="chair_assignment"),
    path(f"{CHAIR}plans/new/", assignment.new, name="chair_plan_new"),
    path(f"{CHAIR}plans/latest/", assignment.latest, name="chair_plan_latest"),
    path(PLAN, assignment_plan.page, name="chair_plan"),
    path(f"{PLAN}apply/", assignment_plan.apply, name="chair_plan_apply"),
    path(f"{PLAN}again/", assignment_plan.again, name="chair_plan_again"),
    path(f"{PLAN}undo/", assignment_plan.undo, name="chair_plan_undo"),
    path(f"{PLAN}drop/", assignment_plan.drop, name="chair_plan_drop"),
    path(f"{PLAN}papers/<int:number>/<int:member>/", assignment_plan.pair, name="chair_plan_pair"),
    path(PAPER, assignment_edit.paper, name="chair_assignment_paper"),
    path(f"{PAPER}<int:member>/", assignment_edit.change, name="chair_assignment_pair"),
    path(f"{CHAIR}members/<int:member>/load/", assignment_edit.load, name="chair_assignment_load"),
    path(f"{CHAIR}assignments.csv", assignment_csv.take_out, name="chair_assignment_csv"),
    path(f"{CHAIR}import/", assignment_csv.put_in, name="chair_assignment_import"),
]
