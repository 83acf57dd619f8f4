// What Meta's message shows below its words: buttons, a list, a request for a place.

// `content`: the message as the Cloud API takes it, { type, text | interactive | image }.
export function controlOf(content, text) {
  const { type, body, action = {} } = content?.interactive ?? {};
  const words = body?.text ?? content?.image?.caption ?? content?.text?.body ?? text;
  if (type === "button") return { kind: "buttons", body: words, rows: action.buttons.map(({ reply }) => reply) };
  if (type === "list")
    return {
      kind: "list",
      body: words,
      rows: action.sections.flatMap((one) => one.rows),
      choose: action.button,
    };
  return { kind: type === "location_request_message" ? "location" : "", body: words };
}
