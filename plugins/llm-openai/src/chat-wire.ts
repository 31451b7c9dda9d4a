/** What a server may send, as far as it is read here. Nothing is trusted: every field is checked where it is used. */
export interface WireCompletion {
  readonly choices?: readonly (WireChoice | null)[] | null;
  readonly usage?: { readonly prompt_tokens?: unknown; readonly completion_tokens?: unknown } | null;
  /** Some servers report a failure in an answer with status 200. */
  readonly error?: unknown;
}

/** One of the answers; only the first is asked for. */
interface WireChoice {
  readonly message?: WireMessage | null;
  /** In streams instead of `message`. */
  readonly delta?: WireMessage | null;
  readonly finish_reason?: unknown;
}

/** The model's message, or a piece of it. */
interface WireMessage {
  readonly content?: unknown;
  readonly refusal?: unknown;
  readonly tool_calls?: readonly (WireToolCall | null)[] | null;
}

/** A tool call, or a piece of it. */
export interface WireToolCall {
  /** In streams: which call the piece belongs to. */
  readonly index?: unknown;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}
