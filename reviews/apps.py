from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        """Tell the rooms below what they cannot know themselves."""
        from django.db.models.signals import post_save

        from reviews import policy, receivers
        from submissions import policy as papers_policy
        from submissions.models import Role

        papers_policy.walls.append(policy.papers_in_conflict_with)
        post_save.connect(receivers.follow_line_of_call, sender=Role, dispatch_uid="reviews.follow_line")
