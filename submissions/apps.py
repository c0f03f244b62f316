from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "Submissions"

    def ready(self) -> None:
        """Tell the accounts room what it cannot know itself (accounts/policy.py, accounts/personal_data.py)."""
        from accounts import mail_groups, personal_data, policy
        from submissions import jobs, letter_kinds, people, receivers, signals

        policy.requires_two_factor.append(people.is_chair)
        policy.guarded_paths.append(people.is_chair_page)
        policy.deletion_obstacles.append(people.last_chair_of)
        policy.half_guarded_paths.append(people.is_paper_page)
        policy.entries_kept_from.append(people.entries_of_papers)
        policy.messages_kept_from.append(people.messages_of_papers)
        personal_data.claims.append(people.papers_named)
        personal_data.exporters["papers"] = people.export_papers
        personal_data.exporters["committee_roles"] = people.export_roles
        personal_data.exporters["reminders"] = people.export_reminders
        mail_groups.groups.update(letter_kinds.GROUPS)
        mail_groups.required.extend(letter_kinds.REQUIRED_IN_WORDS)
        signals.deadline_moved.connect(receivers.tell_contacts_of_new_deadline)
        signals.paper_moved.connect(receivers.call_off_reminders)
        jobs.register()
