import type {
  LanguageModel,
  ModelCallOptions,
  ModelRequest,
  ModelResponse,
} from '@agent-factory/sdk/contracts';
import type { RunScope } from '../run/run-scope.ts';
import { holdsImage, refuseImages } from './refuse-images.ts';

const flushChars = 256;
const flushMs = 25;

/** Asks a model; a streamed run's answer goes into the journal while it is written. Ends when the run is stopped. */
export async function callModel(
  scope: RunScope,
  source: LanguageModel,
  request: ModelRequest,
  {
    turn,
    idempotencyKey,
    quiet,
  }: { readonly turn: number; readonly idempotencyKey: string; readonly quiet: boolean },
): Promise<ModelResponse> {
  if (holdsImage(request)) await scope.guard(refuseImages(source, request.model));
  const options: ModelCallOptions = { signal: scope.signal, tenant: scope.tenant, idempotencyKey };
  if (!scope.progress.stream || quiet) return scope.guard(source.generate(request, options));
  return scope.guard(collect(scope, source.stream(request, options), turn));
}

/** A piece that is still to be written: of the answer, or of one call's input. */
type Piece = { text: string } & (
  | { readonly kind: 'answer' }
  | { readonly kind: 'call'; readonly index: number; readonly tool: string }
);

/** Many small pieces make few events: one is written after 256 characters or 25 milliseconds. */
async function collect(
  scope: RunScope,
  chunks: ReturnType<LanguageModel['stream']>,
  turn: number,
): Promise<ModelResponse> {
  let piece: Piece | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const ready = piece;
    piece = undefined;
    if (!ready?.text || scope.stop) return;
    const { text } = ready;
    if (ready.kind === 'answer') scope.emit('message.delta', { turn, text });
    else scope.emit('tool.delta', { turn, index: ready.index, tool: ready.tool, text });
  };
  const flushAndWrite = (): void => {
    flush();
    scope.commit().catch(() => {}); // a failed commit stops the run, which ends this call
  };
  const add = (next: Piece): void => {
    const isSame =
      piece?.kind === next.kind && (piece.kind === 'answer' || piece.index === Object(next).index);
    if (!piece || !isSame) {
      flush();
      piece = { ...next, text: '' };
    }
    piece.text += next.text;
    if (piece.text.length >= flushChars) flushAndWrite();
    else timer ??= setTimeout(flushAndWrite, flushMs);
  };
  try {
    for await (const chunk of chunks) {
      scope.check();
      if (chunk.type === 'finish') {
        flush(); // written together with the answer
        return chunk.response;
      }
      if (chunk.type === 'text') add({ kind: 'answer', text: chunk.text });
      else if (chunk.type === 'tool_call.delta')
        add({ kind: 'call', index: chunk.index, tool: chunk.name, text: chunk.input });
    }
    throw new Error('its stream ended without an end');
  } finally {
    clearTimeout(timer);
  }
}
