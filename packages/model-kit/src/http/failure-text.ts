/** What a server says of a failure. */
export interface SaidFailure {
  readonly reason: string;
  /** `error.code` of the OpenAI family, else `error.type`; `''` when there is none. */
  readonly code: string;
  /** `error.type`, or `''`. */
  readonly type: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads `{"error":{"message"}}` (OpenAI, Anthropic), `{"error":"…"}` (Ollama), `{"detail":"…"}` (vLLM), plain text or a page. */
export function readFailure(body: string): SaidFailure {
  const whole = parseObject(body);
  const inner = whole?.['error'];
  const error = typeof inner === 'object' && inner !== null ? (inner as Fields) : whole;
  const reason =
    text(error?.['message']) ||
    text(inner) ||
    text(whole?.['message']) ||
    text(whole?.['detail']) ||
    (whole ? body : strip(body));
  const code = error?.['code'];
  const type = text(error?.['type']);
  return {
    reason: shorten(reason),
    code: typeof code === 'number' ? String(code) : text(code) || type,
    type,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parseObject(json: string): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : undefined;
  } catch {
    return undefined; // plain text or a page
  }
}

function strip(page: string): string {
  return page.replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}

function shorten(words: string): string {
  const line = words.replace(/\s+/g, ' ').trim();
  if (line === '') return 'it gave no reason.';
  return line.length > 500 ? `${line.slice(0, 500)}…` : line;
}
