"""`jacana migrate` makes a database, can be repeated, and refuses a newer one."""

import sqlite3
from pathlib import Path


def test_migrate_twice_and_refuse_newer(run_jacana, tmp_path: Path) -> None:
    for _ in range(2):
        result = run_jacana("--data-dir", str(tmp_path), "migrate")
        assert result.returncode == 0, result.stderr
        assert "revision 0007" in result.stdout
    with sqlite3.connect(tmp_path / "jacana.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    result = run_jacana("--data-dir", str(tmp_path), "migrate")
    assert result.returncode == 1
    assert "newer" in result.stderr
    assert "Traceback" not in result.stderr
