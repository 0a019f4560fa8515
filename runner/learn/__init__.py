"""The course: a learner predicts, the lab measures, and the measurement is the answer key.

    lessons/     the questions as data: variants, specs, and what an outcome means
    prediction   what a learner typed -> a prediction, or one sentence about what is wrong with it
    ask          a prediction -> the expectation of a spec, which the judge holds against the trials
    reading      a judged run -> what was measured, and whether the prediction was right
    course       the lessons in their order, the next question, the draw of a variant
    text         what is said, in each language: en.toml and zh.toml
    progress     what a learner has answered, as a file
    gathered     the files of a class -> which predictions were wrong most often
    page         a lesson as Markdown or HTML

It prints nothing and asks nothing: `runner/cli/learn.py` does.
"""
