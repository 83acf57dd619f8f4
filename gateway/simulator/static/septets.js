// Sizes as the networks count them: GSM 03.38 septets, else UCS-2.

const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "^{}\\[~]|€\f";

// Septets of the text, or null where it needs UCS-2.
export function septets(text) {
  let count = 0;
  for (const letter of text) {
    if (BASIC.includes(letter)) count += 1;
    else if (EXTENDED.includes(letter)) count += 2;
    else return null;
  }
  return count;
}

export function segments(text) {
  const count = septets(text);
  const [size, one, part] = count === null ? [text.length, 70, 67] : [count, 160, 153];
  return size <= one ? 1 : Math.ceil(size / part);
}

export function sizeOf(text) {
  const count = septets(text);
  const many = segments(text);
  const size = count === null ? `${text.length} UCS-2` : `${count} septets`;
  return `${many} ${many === 1 ? "segment" : "segments"} · ${size}`;
}

// The text as lines of at most `columns`, broken between words as a handset does.
export function wrap(text, columns) {
  const lines = [];
  for (const given of text.split("\n")) {
    let line = "";
    for (let word of given.split(" ")) {
      if (line && line.length + 1 + word.length > columns) {
        lines.push(line);
        line = "";
      }
      while (word.length > columns) {
        lines.push(word.slice(0, columns));
        word = word.slice(columns);
      }
      line = line ? `${line} ${word}` : word;
    }
    lines.push(line);
  }
  return lines;
}
