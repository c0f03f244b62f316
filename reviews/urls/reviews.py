"""Addresses: a reviewer's desk."""

from django.urls import URLPattern, path

from reviews.views import review_files, review_upload, reviews

urlpatterns: list[URLPattern] = [
    path("<slug:edition>/member/reviews/", reviews.mine, name="member_reviews"),
    path("<slug:edition>/member/reviews/papers.zip", review_files.bundle, name="member_reviews_zip"),
    path("<slug:edition>/member/reviews/upload/", review_upload.page, name="member_reviews_upload"),
    path("<slug:edition>/member/reviews/<int:number>/", reviews.page, name="member_review"),
    path(
        "<slug:edition>/member/reviews/<int:number>/preview/", reviews.preview, name="member_review_preview"
    ),
    path("<slug:edition>/member/reviews/<int:number>/read/", reviews.read, name="member_review_read"),
    path(
        "<slug:edition>/member/reviews/<int:number>/versions/",
        reviews.versions,
        name="member_review_versions",
    ),
    path(
        "<slug:edition>/member/reviews/<int:number>/form.txt",
        review_files.form,
        name="member_review_form",
    ),
    path(
        "<slug:edition>/member/reviews/<int:number>/manuscript/",
        review_files.manuscript,
        name="member_review_manuscript",
    ),
    path(
        "<slug:edition>/member/reviews/<int:number>/thumbnail/",
        review_files.thumbnail,
        name="member_review_thumbnail",
    ),
    path(
        "<slug:edition>/member/reviews/<int:number>/files/<slug:field>/",
        review_files.attachment,
        name="member_review_attachment",
    ),
]
