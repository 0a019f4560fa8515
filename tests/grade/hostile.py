"""Grades whose every text is what a hostile submission would like to write."""

from __future__ import annotations

from hypothesis import strategies as st

from runner.grade.record import (
    CheckGrade,
    Expected,
    Grade,
    ProofRow,
    Seen,
    State,
    Submission,
)

FRAGMENTS = (
    "=HYPERLINK(1)", "+1", "-1", "@x", "＝1", "\t=1", "\r=1", "::error::x", "\n::set-output",
    "##[error]", "\x1b[31m", "\x00", "\x7f", "\u202e", "\u2066", "\ufeff", "\ud800", "\u2028",
    "<script>alert(1)</script>", "</style>", "</title>", "<!--", "-->", "]]>", "&lt;", "&#60;",
    "\"'", "' onload='x", "|", "\\|", "\\", "`", "```", "[a](b)", "![a](b)", "*", "_x_", "~~x~~",
    "# h", "1. x", "- x", "> x", "https://evil.example/", "www.evil.example", "$x$", "{{x}}", "{x}",
    '"', '""', ",", ";", "\n", "\r\n", " ", "%s", "名", "é", "🙂", "x" * 300,
)  # fmt: skip

texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=12), max_size=5).map("".join)
points = st.floats(0, 1e6, allow_nan=False).map(lambda value: round(value, 3))
states = st.sampled_from(State)
figure = st.floats(0, 1e9, allow_nan=False)

expectations = st.builds(
    Expected, texts, texts, states, points, points, st.none() | st.tuples(figure, figure, figure)
)
checks = st.builds(
    CheckGrade,
    id=texts,
    title=texts,
    state=states,
    points=points,
    earned=points,
    hidden=st.booleans(),
    bonus=st.booleans(),
    needs=st.tuples(texts),
    unmet=st.just(()) | st.tuples(texts),
    hint=texts,
    reason=texts,
    expected=st.lists(expectations, max_size=2).map(tuple),
    seconds=points,
    trials=st.tuples(texts),
)
proofs = st.builds(
    ProofRow,
    texts,
    texts,
    st.lists(
        st.builds(
            Seen,
            st.sampled_from(("enforced", "untraced", "traced", "behaves")) | texts,
            texts,
            st.sampled_from((True, False, None)),
            texts,
        ),
        max_size=3,
    ).map(tuple),
    texts,
    texts,
)
grades = st.builds(
    Grade,
    format=st.just(1),
    assignment=texts,
    title=texts,
    submission=st.builds(Submission, texts, texts, st.integers(0, 99), st.integers(0, 999), texts),
    started=texts,
    seconds=points,
    engine=texts,
    lacks=st.tuples(texts),
    complete=st.booleans(),
    gradable=st.booleans(),
    points=points,
    earned=points,
    bonus=points,
    checks=st.lists(checks, max_size=3).map(tuple),
    proof=st.lists(proofs, max_size=2).map(tuple),
    public=st.booleans(),
    seed=st.integers(0, 1 << 40),
    spec_hash=texts,
    kernel=texts,
    notes=st.tuples(texts, texts),
    title_zh=texts,
)
