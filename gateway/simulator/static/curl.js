// An action as the command that repeats it from a terminal.

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const SMTP = "smtp://127.0.0.1:8025";

export function curlOf({ path, body, type, sender }) {
  if (path === "smtp")
    return `curl -sS --crlf --url ${SMTP} --mail-from ${sender} \\\n  --mail-rcpt vaksin@pedulilindungi.id --upload-file - <<'LETTER'\n${body.replaceAll("\r", "").slice(0, 1500)}\nLETTER`;
  const url = `${location.origin}${path}`;
  if (type.includes("json")) return `curl -sS ${url} -H 'content-type: application/json' \\\n  -d ${quote(body)}`;
  const fields = [...new URLSearchParams(body)].map(([key, value]) => `--data-urlencode ${quote(`${key}=${value}`)}`);
  return `curl -sS ${url} \\\n  ${fields.join(" \\\n  ")}`;
}
