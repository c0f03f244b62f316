"""The questions of editions whose call asks none of its own: those of ScaDL (calls/scadl-2021.toml)."""

from reviews.domain.review_form import Question

DEFAULT: tuple[Question, ...] = (
    Question(
        "summary",
        "Summary",
        "text",
        visible_to="authors",
        help="What the paper does and claims, in your own words. A few sentences.",
    ),
    Question("strengths", "Strengths", "text", visible_to="authors"),
    Question("weaknesses", "Weaknesses", "text", visible_to="authors"),
    Question(
        "comments",
        "Detailed comments",
        "text",
        visible_to="authors",
        help="What would make the paper better. Questions to the authors belong here.",
    ),
    Question(
        "merit",
        "Overall merit",
        "score",
        choices=("Reject", "Weak reject", "Borderline", "Weak accept", "Accept"),
        visible_to="authors",
    ),
    Question(
        "quality",
        "Technical quality",
        "score",
        choices=("Wrong or unsupported", "Serious gaps", "Sound with gaps", "Sound", "Excellent"),
        visible_to="authors",
    ),
    Question(
        "originality",
        "Originality",
        "score",
        choices=("Known", "A small step", "Some new ideas", "New", "Surprising"),
        visible_to="authors",
    ),
    Question(
        "relevance",
        "Relevance to the workshop",
        "score",
        choices=("Outside of its scope", "At its border", "Within its scope", "At its heart"),
        visible_to="authors",
    ),
    Question(
        "presentation",
        "Presentation",
        "score",
        choices=("Hard to follow", "Needs work", "Clear", "A pleasure to read"),
        visible_to="authors",
    ),
    Question(
        "confidence",
        "Your confidence",
        "score",
        choices=(
            "A guess",
            "I know the area in general",
            "I know the area well",
            "I work on this",
        ),
    ),
    Question(
        "shorter",
        "Accept in a shorter category?",
        "choice",
        required=False,
        choices=("Yes, as a short paper", "Yes, as an extended abstract", "No"),
        help="If you would not accept the paper as it is: would a shorter version be worth hearing?",
    ),
    Question(
        "confidential",
        "Confidential remarks to the chairs",
        "text",
        required=False,
        visible_to="chairs",
    ),
)
