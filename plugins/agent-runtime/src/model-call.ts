import type { LanguageModel, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';
import type { LiveRun } from './live-run.ts';

const flushChars = 256;
const flushMs = 25;

/** Asks a model; a streamed run's answer goes into the journal while it is written. Ends when the run is stopped. */
export async function callModel(
  live: LiveRun,
  source: LanguageModel,
  request: ModelRequest,
  turn: number,
): Promise<ModelResponse> {
  const options = { signal: live.signal };
  if (!live.state.stream) return live.guard(source.generate(request, options));
  return live.guard(collect(live, source.stream(request, options), turn));
}

/** Many small pieces make few events: one is written after 256 characters or 25 milliseconds. */
async function collect(
  live: LiveRun,
  chunks: ReturnType<LanguageModel['stream']>,
  turn: number,
): Promise<ModelResponse> {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (text === '' || live.stop) return;
    live.emit('message.delta', { turn, text });
    text = '';
  };
  const flushAndWrite = (): void => {
    flush();
    live.commit().catch(() => {}); // a failed commit stops the run, which ends this call
  };
  try {
    for await (const chunk of chunks) {
      live.check();
      if (chunk.type === 'finish') {
        flush(); // written together with the answer
        return chunk.response;
      }
      if (chunk.type !== 'text') continue;
      text += chunk.text;
      if (text.length >= flushChars) flushAndWrite();
      else timer ??= setTimeout(flushAndWrite, flushMs);
    }
    throw new Error('its stream ended without an end');
  } finally {
    clearTimeout(timer);
  }
}
