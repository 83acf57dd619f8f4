// Letters as people write them, as the bytes that a mail program sends.

import { newId } from "./wires.js";

const TO = "vaksin@pedulilindungi.id";
const LINE = 76;

const lines = ({ nik, name, profession, phone }) =>
  `NIK: ${nik}\nNama: ${name}\nTipe nakes: ${profession}\nNo HP: ${phone || "0812-1111-0001"}\n`;
const encode = (text) => new TextEncoder().encode(text);

export const SAMPLES = {
  "Plain letter": (person) => ({ subject: "Pendaftaran", text: lines(person) }),
  "Something missing": (person) => ({ subject: "Pendaftaran", text: lines(person).replace(/Tipe.*\n/, "") }),
  "Outlook table": (person) => ({ subject: "Data nakes", text: lines(person), html: table(person) }),
  Forwarded: (person) => ({
    subject: "FW: Pendaftaran",
    text: `Mohon diproses.\n\n---------- Forwarded message ---------\nFrom: ${person.name}\nSubject: Pendaftaran\n\n${lines(person)}`,
  }),
  "Surat keterangan": (person) => ({
    subject: "Surat keterangan",
    text: `${lines(person)}\nSurat keterangan terlampir.`,
    file: { name: "surat.pdf", type: "application/pdf", bytes: pdf(person) },
  }),
  "Clinic's list": () => ({
    subject: "Daftar nakes",
    text: "Daftar terlampir.",
    file: { name: "nakes.csv", type: "text/csv", bytes: encode(list()) },
  }),
};

function table(person) {
  const rows = lines(person)
    .trim()
    .split("\n")
    .map((line) => line.split(": "));
  return `<html><body><table class="MsoTableGrid" border="1">${rows.map(([key, value]) => `<tr><td>${key}</td><td>${value}</td></tr>`).join("")}</table></body></html>`;
}

function list() {
  const names = ["ANI LESTARI", "BAYU PRATAMA", "CITRA DEWI", "DEDI KURNIAWAN", "EKA PUTRI"];
  const rows = names.map((name, n) => `${n + 1},${name},320411${10 + n}0585000${n + 1},perawat,0812${12000000 + n}`);
  return `No,Nama,NIK,Profesi,No HP\n${rows.join("\n")}\n`;
}

function pdf({ name }) {
  const words = `BT /F1 14 Tf 72 720 Td (SURAT KETERANGAN: ${name} adalah tenaga kesehatan.) Tj ET`;
  const parts = [
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${words.length}>>stream\n${words}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
  ];
  const body = parts.map((part, n) => `${n + 1} 0 obj${part}endobj\n`).join("");
  return encode(`%PDF-1.4\n${body}trailer<</Root 1 0 R/Size 6>>\n%%EOF\n`);
}

function base64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replace(new RegExp(`.{${LINE}}`, "g"), "$&\r\n");
}

const part = (type, bytes, more = "") =>
  `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n${more}\r\n${base64(bytes)}\r\n`;

// Words that are ASCII stand as they were typed.
function words(type, text) {
  if (!/^[\n -~]*$/.test(text)) return part(`${type}; charset=utf-8`, encode(text));
  return `Content-Type: ${type}; charset=us-ascii\r\n\r\n${text.replaceAll("\n", "\r\n")}\r\n`;
}

function several(kind, parts) {
  const edge = `=_${newId(8)}`;
  return `Content-Type: multipart/${kind}; boundary="${edge}"\r\n\r\n${parts.map((one) => `--${edge}\r\n${one}`).join("")}--${edge}--\r\n`;
}

const clean = (text) => text.replace(/[\r\n]+/g, " ");
const word = (text) => (/^[ -~]*$/.test(text) ? text : `=?utf-8?B?${btoa(String.fromCharCode(...encode(text)))}?=`);

// A whole letter, RFC 5322; `files` are { name, type, bytes }, `answers` the id that it replies to.
export function compose({ sender, who, subject, text, html, files = [], answers = "" }) {
  const head = [
    `From: ${word(clean(who))} <${sender}>`,
    `To: ${TO}`,
    `Subject: ${word(clean(subject))}`,
    `Message-ID: <${newId()}@${sender.split("@")[1]}>`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    "MIME-Version: 1.0",
  ];
  if (answers) head.push(`In-Reply-To: ${answers}`, `References: ${answers}`);
  const plain = words("text/plain", text);
  const said = html ? several("alternative", [plain, words("text/html", html)]) : plain;
  const brought = files.map((file) =>
    part(file.type, file.bytes, `Content-Disposition: attachment; filename="${file.name.replaceAll('"', "")}"\r\n`),
  );
  return `${head.join("\r\n")}\r\n${brought.length ? several("mixed", [said, ...brought]) : said}`;
}
