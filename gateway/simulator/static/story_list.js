// The stories as steps: who, at which door, what they do. `budget` is what they may cost.

const REGISTER = [["dial"], ["pick", "Daftar"], ["pick", "Setuju"], ["key", "{nik}"], ["key", "{name}"], ["pick", "Perawat"], ["pick", "Ya"]];

export const STORIES = {
  doors: {
    title: "One person, four doors", says: "USSD, SMS, WhatsApp, a letter: one record",
    budget: { taps: 420, messages: 20, segments: 8 },
    steps: [...REGISTER, ["see", "verified"], ["drop"], ["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["sms", "YA"],
      ["chat", "DAFTAR"], ["tap", "Setuju"], ["chat", "{nik}"], ["chat", "{name}"], ["tap", "Perawat"], ["tap", "Ya"],
      ["mail", "Plain letter"], ["see", "email"]],
  },
  battery: {
    title: "The battery dies", says: "the next call asks only for what is missing",
    budget: { taps: 80, messages: 13 },
    steps: [...REGISTER.slice(0, 4), ["drop"], ["clock", "+30 min"], ["dial"], ["pick", "Lanjutkan"], ["key", "{name}"], ["pick", "Perawat"], ["pick", "Ya"], ["see", "record"]],
  },
  switch: {
    title: "From the call to the chat", says: "WhatsApp goes on at the same question",
    budget: { taps: 80, messages: 12 },
    steps: [...REGISTER.slice(0, 5), ["drop"], ["clock", "+30 min"], ["chat", "halo"], ["tap", "Lanjutkan"], ["chat", "perawat"], ["tap", "Ya"], ["see", "record"]],
  },
  mistypes: {
    title: "Mistypes everything", says: "each mistake is told, nothing is lost",
    steps: [["dial"], ["pick", "Daftar"], ["key", "9"], ["pick", "Setuju"], ["key", "320411570696000"], ["key", "{nik}"], ["key", "S1TI"], ["key", "{name}"], ["key", "77"], ["pick", "Perawat"], ["pick", "Ya"], ["see", "record"]],
  },
  twice: {
    title: "The network repeats itself", says: "each message is delivered twice, or two at once: one record",
    steps: [["next", "twice"], ["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["next", "together"], ["sms", "YA"], ["see", "record"]],
  },
  killed: {
    title: "Killed in the middle", says: "SIGKILL while she types: the form is still there",
    steps: [...REGISTER.slice(0, 4), ["break", "kill"], ["see", "ask_full_name"], ["dial"], ["pick", "Lanjutkan"], ["key", "{name}"], ["pick", "Perawat"], ["pick", "Ya"], ["see", "record"]],
  },
  book: {
    title: "Registers and books by SMS", says: "one line, then the nearest free seat",
    budget: { messages: 7, segments: 12 },
    steps: [["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["sms", "YA"], ["see", "record"], ["sms", "JADWAL"], ["until", "sms", "Bawa"], ["see", "appointment"]],
  },
  reminder: {
    title: "The reminder comes", says: "books, then the clock goes to the day before",
    steps: [["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["sms", "YA"], ["see", "record"], ["sms", "JADWAL"], ["until", "sms", "Bawa"], ["see", "appointment"], ["clock", "Day of the appointment"], ["see", "sent"]],
  },
  unlisted: {
    title: "Not on the list", says: "registers, and sends the letter of the clinic's head",
    steps: [["who", "unlisted"], ["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["sms", "YA"], ["see", "not_listed"], ["mail", "Surat keterangan"]],
  },
  clinic: {
    title: "A clinic's list", says: "a table of five, each person asked by SMS",
    steps: [["who", "clinic"], ["mail", "Clinic's list"]],
  },
  stop: {
    title: "STOP", says: "no more messages; the registration stays",
    steps: [["sms", "DAFTAR {nik}#{name}#PERAWAT"], ["sms", "YA"], ["see", "record"], ["sms", "STOP"], ["see", "record"]],
  },
};
