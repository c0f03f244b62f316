from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        """Tell the rooms below what they cannot know themselves."""
        from django.db.models.signals import post_delete, post_save, pre_delete

        from accounts import mail_groups, mail_wishes
        from accounts import policy as accounts_policy
        from accounts.models import User
        from accounts.signals import account_deleted, address_verified
        from reviews import (
            conversations,
            decision_room,
            demo,
            demo_assignment,
            demo_bids,
            demo_conflicts,
            demo_decisions,
            demo_past,
            demo_reviews,
            form_changes,
            jobs,
            own_data,
            people,
            policy,
            receivers,
            releases,
        )
        from reviews.letters import assignments as assignment_letters
        from reviews.letters import bids as bid_letters
        from reviews.letters import kinds
        from reviews.models import CommitteeSettings, Member
        from reviews.services import audiences, bidders, discussion_audiences, review_audiences
        from reviews.views import members, navigation, reviews
        from submissions import demo as papers_demo
        from submissions import letter_kinds
        from submissions import policy as papers_policy
        from submissions.models import Paper, Role
        from submissions.services import announcements, call_uses
        from submissions.services.audiences import register
        from submissions.signals import paper_changed, paper_moved
        from submissions.views.navigation import more

        papers_policy.walls.append(policy.papers_in_conflict_with)
        post_save.connect(receivers.follow_line_of_call, sender=Role, dispatch_uid="reviews.follow_line")
        pre_delete.connect(receivers.line_of_call_goes, sender=Role, dispatch_uid="reviews.line_goes")
        account_deleted.connect(receivers.forget_what_a_member_told, dispatch_uid="reviews.forget_member")
        for kind in (*kinds.KINDS, bid_letters.REMINDER):
            letter_kinds.add(kind)
        mail_groups.groups.update(
            {group.slug: group for group in (kinds.WAITING, kinds.NEWS, bid_letters.WORK)}
        )
        mail_groups.required.extend(kinds.REQUIRED_IN_WORDS)
        mail_wishes.own_paths.append(people.INVITATION_PATH)
        register(audiences.INVITED, audiences.Invited())
        register(bidders.FACTS, bidders.Bidders())
        review_audiences.register()
        discussion_audiences.register()
        call_uses.losses.append(form_changes.answers_lost)
        announcements.GROUPS["reviewers"] = people.REVIEWERS
        own_data.register()
        accounts_policy.address_obstacles.append(people.known_by)
        accounts_policy.deletion_obstacles.append(own_data.papers_to_review)
        more.append(navigation.entries)
        papers_demo.more += [
            demo.load,
            demo_conflicts.load,
            demo_bids.load,
            demo_reviews.load,
            demo_assignment.load,
            demo_decisions.load,
            demo_past.load,
        ]
        jobs.register()
        assignment_letters.register()
        paper_moved.connect(receivers.take_back_assignments, dispatch_uid="reviews.take_back")
        members.sections.append(reviews.section)
        paper_moved.connect(receivers.paper_moved, dispatch_uid="reviews.paper_moved")
        post_save.connect(receivers.paper_was_saved, sender=Paper, dispatch_uid="reviews.paper_saved")
        paper_changed.connect(receivers.contents_changed, dispatch_uid="reviews.contents_changed")
        paper_moved.connect(receivers.paper_is_in, dispatch_uid="reviews.paper_is_in")
        for model in (Member, CommitteeSettings):
            name = f"reviews.told.{model.__name__}"
            post_save.connect(receivers.member_told, sender=model, dispatch_uid=name)
            post_delete.connect(receivers.member_told, sender=model, dispatch_uid=f"{name}.gone")
        post_save.connect(receivers.account_told, sender=User, dispatch_uid="reviews.account_told")
        address_verified.connect(receivers.address_proven, dispatch_uid="reviews.address_proven")
        conversations.register()
        decision_room.register()
        releases.register()
