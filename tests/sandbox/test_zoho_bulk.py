"""Bulk write at the simulated Zoho: its file goes to a host of its own."""

import io
import zipfile

import pytest

CSV = (
    "Last_Name,Company,Email,No_of_Employees,Product_Interest\n"
    "Raman,Brightforge,a@b.example,12,Gripper;Cobot Arm\n"
    "Zuse,Brightforge,wrong,many,\n"
)


@pytest.fixture
def upload(zoho):
    """Send a file to the content host of the first data centre."""

    def send(text=CSV, zgid="60012345", data=None):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("Leads.csv", text)
        token = zoho.vendor.credentials()["access_token"]
        headers = {"Authorization": f"Zoho-oauthtoken {token}", "feature": "bulk-write", "X-CRM-ORG": zgid}
        files = {"file": ("leads.zip", packed.getvalue() if data is None else data)}
        return zoho.session.post(f"{zoho.base}/content-us/crm/v8/upload", headers=headers, files=files, timeout=10)

    return send


def job(zoho, file_id, operation="insert", **resource):
    body = {"type": "data", "module": {"api_name": "Leads"}, "file_id": file_id, **resource}
    return zoho.call("POST", "../bulk/v8/write", {"operation": operation, "resource": [body]})


def started(zoho, file_id, **options):
    """The finished job's file."""
    made = job(zoho, file_id, **options)
    assert made.status_code == 201, made.text
    return zoho.get(f"../bulk/v8/write/{made.json()['details']['id']}").json()


def test_a_file_is_uploaded_worked_through_and_counted(zoho, upload):
    sent = upload()

    done = started(zoho, sent.json()["details"]["file_id"])

    assert (sent.status_code, sent.json()["code"]) == (200, "FILE_UPLOAD_SUCCESS")
    assert (done["status"], done["operation"]) == ("COMPLETED", "insert")
    assert done["resource"][0]["file"] == {
        "status": "COMPLETED",
        "name": "Leads.csv",
        "total_count": 2,
        "added_count": 1,
        "updated_count": 0,
        "skipped_count": 1,
    }
    assert zoho.values("Leads", "Email", "No_of_Employees", "Product_Interest") == [
        ("a@b.example", 12, ["Gripper", "Cobot Arm"])
    ]


def test_columns_may_be_mapped_and_records_found(zoho, upload):
    zoho.lead(Email="a@b.example")
    columns = [{"api_name": name, "index": at} for at, name in enumerate(("Last_Name", "Company", "Email"))]
    file_id = upload().json()["details"]["file_id"]

    done = started(zoho, file_id, operation="upsert", find_by="Email", field_mappings=columns)

    counts = done["resource"][0]["file"]
    assert (counts["added_count"], counts["updated_count"], counts["skipped_count"]) == (0, 1, 1)


@pytest.mark.parametrize(
    ("change", "code"), [({"zgid": "1"}, "INVALID_DATA"), ({"data": b"no zip"}, "INVALID_FILE_FORMAT")]
)
def test_a_wrong_upload_is_refused(upload, change, code):
    answer = upload(**change)

    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_wrong_job_is_refused(zoho, upload):
    unknown = job(zoho, upload("Nothing_Like_It\nx\n").json()["details"]["file_id"])

    assert job(zoho, "1").json()["code"] == "INVALID_FILE_ID"
    assert (unknown.json()["code"], unknown.json()["details"]) == ("INVALID_FIELD", {"api_name": "Nothing_Like_It"})
    assert zoho.get("../bulk/v8/write/1").status_code == 404


def test_the_content_host_takes_files_only(zoho):
    headers = {"Authorization": f"Zoho-oauthtoken {zoho.vendor.credentials()['access_token']}"}
    answer = zoho.session.get(f"{zoho.base}/content-us/crm/v8/org", headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["code"]) == (404, "INVALID_URL_PATTERN")


def test_starting_a_job_costs_five_hundred_credits(zoho, upload):
    file_id = upload().json()["details"]["file_id"]
    zoho.switch(daily_credits=400)

    assert job(zoho, file_id).status_code == 429
