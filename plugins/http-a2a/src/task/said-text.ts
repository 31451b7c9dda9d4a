import type { RunEvent } from '@agent-factory/sdk/domain';

/** A piece of an answer. */
export interface SaidPiece {
  readonly text: string;
  /** It goes on with what was said before; else it stands in its place. */
  readonly append: boolean;
}

/** What has been said of an answer. Of an agent that speaks, uses a tool and speaks again the last words count. */
export class SaidText {
  readonly #held: boolean;
  #isNew = true;
  #turn = '';

  /** `held`: nothing is given before the end, since an answer to a schema may be asked for again. */
  constructor(held: boolean) {
    this.#held = held;
  }

  /** What stands there now. */
  get text(): string {
    return this.#turn;
  }

  take(event: RunEvent): SaidPiece | undefined {
    // A question with a path is a guardrail's or a condition's, and begins no turn.
    if (event.type === 'model.requested' && event.data.path === undefined) this.#isNew = true;
    if (event.type !== 'message.delta' || this.#held) return undefined;
    const { text } = event.data;
    const append = !this.#isNew;
    this.#turn = append ? this.#turn + text : text;
    this.#isNew = false;
    return { text, append };
  }

  /** What is missing of the whole; all of it where something else was said before, or guardrails changed it. */
  rest(whole: string): SaidPiece {
    const append = this.#turn !== '' && whole.startsWith(this.#turn);
    return append ? { text: whole.slice(this.#turn.length), append } : { text: whole, append };
  }
}
