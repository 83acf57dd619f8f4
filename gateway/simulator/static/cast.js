// People for stories: each story takes one who is not registered yet.

import { api, newId } from "./wires.js";

// Of the demo's roster (gateway/demo/roster.csv): these are verified at once.
const LISTED = [
  ["AGUS SETIAWAN", "3273021708880004", "apoteker"],
  ["RINA WULANDARI", "3171036203930005", "laboratorium"],
  ["HENDRA GUNAWAN", "3174052211790006", "dokter"],
  ["SRI RAHAYU", "3578104807950007", "perawat"],
  ["JOKO PRASETYO", "3471010512870008", "perawat"],
  ["MARIA SIMANJUNTAK", "1271026912910009", "bidan"],
  ["NI MADE AYU", "5171015404890010", "perawat"],
  ["ANDI RAHMAN", "7371033008840011", "dokter"],
  ["YOHANA WANGGAI", "9171014911920012", "perawat"],
];
const NAMES = ["TUTI HANDAYANI", "EKO WIBOWO", "LINA KARTIKA", "FAJAR NUGROHO", "WATI SUSANTI"];

const digits = (many) =>
  String(Number.parseInt(newId(6), 16))
    .slice(-many)
    .padStart(many, "1");
export const newPhone = () => `+62813${digits(8)}`;

const made = (phone, name, nik, profession) => ({
  id: phone,
  phone,
  name,
  nik,
  profession,
  mail: `hp${phone.slice(-8)}@klinik.example`,
  note: "for this story",
});

// Somebody new; if `listed`, one of the roster, registered already once all of them are.
export async function somebody(listed) {
  if (!listed)
    return made(
      newPhone(),
      NAMES[digits(1) % NAMES.length],
      `3204111${digits(1)}0585${digits(4)}`,
      "perawat",
    );
  const all = LISTED.map((who, n) => made(`+628123456${String(n).padStart(4, "0")}`, ...who));
  for (const one of all) if (!(await isKnown(one))) return one;
  return all[digits(4) % all.length];
}

async function isKnown({ phone }) {
  const { records } = await api(`truth?${new URLSearchParams({ phone })}`);
  return records.length > 0;
}
