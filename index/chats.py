"""Past conversations: every answer frozen as it was given. Knows rows, not what an answer means."""

import json
from datetime import UTC, datetime
from typing import Any

from index.catalog import Catalog
from index.records import ChatInfo

TITLE_LENGTH = 60  # characters of a chat's name, at first its first question; arbitrary


def save_answer(catalog: Catalog, chat_id: str, answer: dict[str, Any]) -> int:
    """Append an answer to a chat (made on its first answer). Returns the answer's id."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    title = _title(str(answer.get("question", "")))
    with catalog.write() as base:
        base.execute(
            "INSERT INTO chats VALUES (?, ?, ?) ON CONFLICT (chat_id) DO UPDATE SET updated = excluded.updated",
            (chat_id, title, now),
        )
        row = base.execute(
            "INSERT INTO answers (chat_id, created, body) VALUES (?, ?, ?)",
            (chat_id, now, json.dumps(answer, ensure_ascii=False)),
        )
    return int(row.lastrowid or 0)


def list_chats(catalog: Catalog) -> list[ChatInfo]:
    """All chats, that of the newest answer first; clocks may tie or go back."""
    with catalog.read() as base:
        rows = base.execute(
            "SELECT chat_id, title FROM chats JOIN"
            " (SELECT chat_id, max(answer_id) AS newest FROM answers GROUP BY chat_id) USING (chat_id)"
            " ORDER BY newest DESC"
        ).fetchall()
    return [ChatInfo(**row) for row in rows]


def answers_of(catalog: Catalog, chat_id: str) -> list[dict[str, Any]]:
    """A chat's answers, oldest first."""
    with catalog.read() as base:
        rows = base.execute(
            "SELECT body FROM answers WHERE chat_id = ? ORDER BY answer_id", (chat_id,)
        ).fetchall()
    return [json.loads(row["body"]) for row in rows]


def rename_chat(catalog: Catalog, chat_id: str, title: str) -> None:
    """Give a chat another name; an empty one changes nothing."""
    if title := _title(title):
        with catalog.write() as base:
            base.execute("UPDATE chats SET title = ? WHERE chat_id = ?", (title, chat_id))


def _title(text: str) -> str:
    return " ".join(text.split())[:TITLE_LENGTH]


def delete_chat(catalog: Catalog, chat_id: str) -> None:
    """Drop a chat with its answers."""
    with catalog.write() as base:
        base.execute("DELETE FROM answers WHERE chat_id = ?", (chat_id,))
        base.execute("DELETE FROM chats WHERE chat_id = ?", (chat_id,))
