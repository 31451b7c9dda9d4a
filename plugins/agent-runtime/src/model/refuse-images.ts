import { modelErrors, type LanguageModel, type ModelRequest } from '@agent-factory/sdk/contracts';

/** Whether a question holds an image. */
export function holdsImage({ messages }: ModelRequest): boolean {
  return messages.some(
    ({ content }) => typeof content !== 'string' && content.some(({ type }) => type === 'image'),
  );
}

/**
 * AF_MODEL_UNSUPPORTED where a model is known to take no images: it would answer a question with one as if there were
 * none, and nobody would see that. A model of which nothing is known is asked.
 */
export async function refuseImages(source: LanguageModel, model: string): Promise<void> {
  const known = await source.capabilities?.(model);
  if (known?.images !== false) return;
  throw modelErrors.AF_MODEL_UNSUPPORTED({
    provider: source.provider,
    reason: `its model "${model}" takes no images, and the conversation holds one`,
    mend: 'Name a model that takes images, first or further on in the list of the agent, or leave the image out.',
  });
}
