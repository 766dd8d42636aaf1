from xml.etree import ElementTree

from evaluated import make_evaluation

from jacana.cli.evaluate_chart import HEIGHT, NO_DATA, WIDTH, draw_evaluation


def draw(evaluation):
    text = draw_evaluation(evaluation)
    return text, ElementTree.fromstring(text)


def points_of(root):
    for shape in root.iter():
        if shape.tag.endswith(("polyline", "polygon")):
            for pair in shape.get("points").split():
                yield tuple(map(float, pair.split(",")))


def test_every_line_lies_in_the_picture():
    _, root = draw(make_evaluation())
    points = list(points_of(root))
    assert points
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)


def test_only_detectors_with_something_to_show_are_named():
    text, _ = draw(make_evaluation())
    assert "vault account" in text
    assert "term hit" not in text


def test_one_flagged_account_is_a_dot():
    _, root = draw(make_evaluation(vaults=1, families=0))
    assert sum(shape.tag.endswith("circle") for shape in root.iter()) == 1


def test_nothing_flagged_is_said():
    text, _ = draw(make_evaluation(vaults=0, families=0))
    assert NO_DATA in text


def test_the_picture_says_what_it_proves():
    text, _ = draw(make_evaluation())
    assert "prove nothing about the field" in text
    assert "prefers-color-scheme: dark" in text
