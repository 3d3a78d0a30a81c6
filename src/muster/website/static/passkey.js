// Passkeys: asks the server for a challenge, the browser for its answer, and sends that back. Plain, nothing vendored.
// A button with data-passkey="get" or "create" is shown where the browser knows passkeys; without this script it stays
// hidden, and the password way is there.
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const packed = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const post = async (place, content) => {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;
    const answer = await fetch(place, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      body: content ? JSON.stringify(content) : "",
    });
    const found = answer.headers.get("Content-Type").startsWith("application/json") ? await answer.json() : {};
    return { ok: answer.ok, found };
  };

  const asked = (options) => {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    for (const list of ["excludeCredentials", "allowCredentials"])
      options[list] = (options[list] || []).map((one) => ({ ...one, id: bytes(one.id) }));
    return { publicKey: options };
  };

  const said = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (credential.response[name]) response[name] = packed(credential.response[name]);
    return { id: credential.id, rawId: packed(credential.rawId), type: credential.type, response };
  };

  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    const place = document.querySelector(button.dataset.told);
    const tell = (words) => {
      place.querySelector("span").textContent = words;
      place.hidden = false;
    };
    button.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      place.hidden = true;
      try {
        const { ok, found } = await post(button.dataset.ask);
        const credential = ok && (await navigator.credentials[button.dataset.passkey](asked(found)));
        const done = credential ? await post(button.dataset.send, said(credential)) : { ok: false, found };
        if (done.ok) location.assign(done.found.next);
        else tell(done.found.told || button.dataset.failed);
      } catch {
        tell(button.dataset.failed);
      }
      button.disabled = false;
    });
  }
})();
