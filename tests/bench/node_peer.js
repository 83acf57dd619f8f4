// The same dialogue as the gateway's first six hops, as its documentation says to write one.
"use strict";
const express = require("express");
const UssdMenu = require("ussd-menu-builder");

const sessions = new Map();
const of = (id) => sessions.get(id) ?? sessions.set(id, {}).get(id);
const menu = new UssdMenu();
menu.sessionConfig({
  start: (id) => Promise.resolve(void of(id)),
  get: (id, key) => Promise.resolve(of(id)[key]),
  set: (id, key, value) => Promise.resolve(void (of(id)[key] = value)),
  end: (id) => Promise.resolve(void sessions.delete(id)),
});

menu.startState({
  run: () => menu.con("Vaksinasi COVID-19\n1 Daftar\n2 Status"),
  next: { 1: "consent" },
});
menu.state("consent", {
  run: () => menu.con("Data Anda dipakai untuk vaksinasi. Setuju?\n1 Ya\n2 Tidak"),
  next: { 1: "nik" },
});
menu.state("nik", {
  run: () => menu.con("Ketik 16 angka NIK di KTP Anda:"),
  next: { "*^[0-9]{16}$": "name" },
});
menu.state("name", {
  run: async () => {
    await menu.session.set("nik", menu.val);
    menu.con("Ketik nama lengkap sesuai KTP:");
  },
  next: { "*^[A-Z ]{2,60}$": "profession" },
});
menu.state("profession", {
  run: async () => {
    await menu.session.set("name", menu.val);
    menu.con("Profesi Anda?\n1 Dokter\n2 Perawat\n3 Bidan");
  },
  next: { "*^[1-3]$": "confirm" },
});
menu.state("confirm", {
  run: async () => {
    const session = of(menu.args.sessionId);
    menu.con(`${session.name}, ${session.nik}: data ini benar?\n1 Ya\n2 Tidak`);
  },
});

const app = express();
app.use(express.urlencoded({ extended: false }));
app.post("/ussd/africastalking", (request, response) => {
  menu.run(request.body, (result) => response.type("text").send(result));
});
app.listen(Number(process.argv[2]), "127.0.0.1");
