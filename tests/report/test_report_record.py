from jacana.report.record import ReportCall, ReportFile


def test_a_file_starts_without_a_remote_side() -> None:
    file = ReportFile("f1", "up_1", "0" * 64, 1)
    assert (file.remote_id, file.md5_answer, file.uploaded_at, file.described_at) == (None,) * 4


def test_a_call_without_an_answer_has_no_codes(clock) -> None:
    call = ReportCall("submit", clock.now)
    assert (call.http_status, call.response_code, call.request_id) == (None,) * 3
