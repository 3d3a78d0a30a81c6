"""How the log calls what the vault does."""

from muster.foundation.errors import Text, text

WORDS: dict[str, Text] = {
    "vault.erase_particulars": text("Particulars erased"),
    "vault.renew_particulars": text("Particulars encrypted anew"),
    "vault.note_rotation": text("Key rotated"),
    "vault.note_key_copy": text("Copy of the keys written"),
}
