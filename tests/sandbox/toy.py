"""The smallest vendor: notes that can be written and read."""

import json

from werkzeug.routing import Map, Rule

from integrations.sandbox.vendor import Vendor, body_bytes, json_response


class Toy(Vendor):
    name = "toy"
    label = "Toy"
    objects = ("Note",)
    routes = Map(
        [
            Rule("/notes", endpoint="write", methods=["POST"]),
            Rule("/notes/<note_id>", endpoint="read", methods=["GET"]),
            Rule("/broken", endpoint="broken"),
        ]
    )

    def register_indexes(self):
        self.store.index("Note", "email")

    def credentials(self):
        return {"client_id": "sandbox-toy"}

    def too_many(self, request, retry_after):
        return json_response({"error": "slow"}, 429, {"Retry-After": str(retry_after)} if retry_after else None)

    def server_error(self, request):
        return json_response({"error": "broken"}, 500)

    def not_found(self, request, error):
        return json_response({"error": "unknown"}, error.code)

    def write(self, request):
        note = json.loads(body_bytes(request))
        note["id"] = f"n{self.store.next_number('note')}"
        self.store.put("Note", note["id"], note)
        return json_response(note, 201)

    def read(self, request, note_id):
        note = self.store.get("Note", note_id)
        return json_response(note) if note else json_response({"error": "unknown"}, 404)

    def broken(self, request):
        self.store.put("Note", "half", {"id": "half"})
        raise ZeroDivisionError

    def find_records(self, object_name, email="", text=""):
        return self.store.find(object_name, "email", email) if email else self.store.all(object_name)

    def seed_record(self, object_name, values):
        note = {"id": f"n{self.store.next_number('note')}", **values}
        self.store.put("Note", note["id"], note)
        return note

    def list_row(self, object_name, record):
        return {"id": record["id"], "title": record.get("text", ""), "detail": record.get("email", ""), "when": ""}

    def record_page(self, object_name, record_id):
        note = self.store.get(object_name, record_id)
        if note is None:
            return None
        rows = [{"label": key.title(), "name": key, "value": value} for key, value in note.items()]
        return {"title": note.get("text", ""), "kind": "Note", "id": record_id, "fields": rows, "related": []}
