/** A DNS record of a mail domain. */
export interface MailRecord {
  /** Ends its logical name, `dns/<domain>/<key>`. */
  key: string;
  /** The full one, in small letters. */
  name: string;
  type: "TXT" | "MX";
  /** The text as a whole, or the mail host. */
  content: string;
  /** Of an MX alone. */
  priority?: number;
  /** No other text that begins so may stand at the name, in whatever case. */
  only?: string;
}

/** As many bytes as one string of a text has: https://www.rfc-editor.org/rfc/rfc1035#section-3.3 */
const stringBytes = 255;

/** What a record says, however it is written in a zone. */
export function meaningOf(type: string, content: string): string {
  if (type !== "TXT") return content.toLowerCase().replace(/\.$/, "");
  if (!/^\s*"/.test(content)) return textMeaning(content);
  const pieces = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)];
  return textMeaning(pieces.map(([, piece = ""]) => piece.replace(/\\(.)/g, "$1")).join(""));
}

/** Spaces around the semicolons of a list of tags mean nothing: https://www.rfc-editor.org/rfc/rfc6376#section-3.2 */
export function textMeaning(text: string): string {
  if (!/^\s*v=d(kim|marc)1\s*;/i.test(text)) return text;
  return text
    .trim()
    .replace(/\s*;\s*/g, "; ")
    .replace(/;\s*$/, "");
}

/** A record as it is written to a zone: a text in quotation marks, in pieces where it is long. */
export function zoneText({ type, content }: Pick<MailRecord, "type" | "content">): string {
  if (type !== "TXT") return content;
  const pieces = content.match(new RegExp(`.{1,${stringBytes}}`, "g")) ?? [];
  return pieces.map((piece) => `"${piece}"`).join(" ");
}

/** Engine-internal properties stay out of what is kept. */
export function recordOf({ key, name, type, content, priority, only }: MailRecord): MailRecord {
  return {
    ...{ key, name, type, content },
    ...(priority === undefined ? {} : { priority }),
    ...(only === undefined ? {} : { only }),
  };
}
