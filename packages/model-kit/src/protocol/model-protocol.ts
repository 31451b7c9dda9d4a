import type { ModelChunk, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';

/** JSON of a server, as it came. Nothing is trusted: every field is checked where it is used. */
export type Wire = Readonly<Record<string, unknown>>;

/** How a server is asked, and its answers are read. */
export interface ModelProtocol {
  /** Put after the base URL. */
  readonly path: string;
  /** The body of a request. Throws AF_MODEL_UNSUPPORTED for what the protocol has no words for. */
  write(request: ModelRequest, stream: boolean): string;
  /** A whole answer; `undefined` when it holds none. */
  read(answer: Wire, request: ModelRequest): ModelResponse | undefined;
  /** Begins to read a stream. */
  startStream(request: ModelRequest): StreamedAnswer;
}

/** An answer put together from the events of a stream. */
export interface StreamedAnswer {
  /** Takes one event. */
  add(event: Wire): void;
  /** What the events since the last call add to the answer; what belongs together comes as one piece. */
  take(): readonly ModelChunk[];
  /** Whether the model said that it had finished. */
  readonly complete: boolean;
  /** A failure that an event told of, in the words of the server. */
  readonly failure?: unknown;
  /** The answer so far; `undefined` when there is none. */
  response(): ModelResponse | undefined;
}

/** Gathers the pieces of a stream; pieces of one kind that follow each other become one. */
export interface ChunkGatherer {
  text(text: string): void;
  reasoning(text: string): void;
  toolCall(call: { readonly index: number; readonly id: string; readonly name: string }, input: string): void;
  take(): readonly ModelChunk[];
}

const none: readonly ModelChunk[] = [];

/** An empty {@link ChunkGatherer}. */
export function createChunkGatherer(): ChunkGatherer {
  let pieces: ModelChunk[] = [];
  const addText = (type: 'text' | 'reasoning', text: string): void => {
    if (text === '') return;
    const last = pieces.at(-1);
    if (last?.type === type) pieces[pieces.length - 1] = { type, text: last.text + text };
    else pieces.push({ type, text });
  };
  return {
    text: (text) => addText('text', text),
    reasoning: (text) => addText('reasoning', text),
    toolCall({ index, id, name }, input) {
      const last = pieces.at(-1);
      const isSame = last?.type === 'tool_call.delta' && last.index === index;
      const piece = {
        type: 'tool_call.delta',
        index,
        id,
        name,
        input: isSame ? last.input + input : input,
      } as const;
      if (isSame) pieces[pieces.length - 1] = piece;
      else pieces.push(piece);
    },
    take() {
      if (pieces.length === 0) return none;
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}
