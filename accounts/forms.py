from django import forms


class SignupDetailsForm(forms.Form):
    name = forms.CharField(max_length=200)

    def signup(self, request, user):
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
