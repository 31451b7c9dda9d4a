import { modelErrors, type LanguageModel, type ModelRequest } from '@agent-factory/sdk/contracts';

/**
 * AF_MODEL_UNSUPPORTED where a question holds an image and the model is known to take none: it would answer as if
 * there were none, and nobody would see that. A model of which nothing is known is asked.
 */
export async function refuseImages(source: LanguageModel, { model, messages }: ModelRequest): Promise<void> {
  const hasImage = messages.some(
    ({ content }) => typeof content !== 'string' && content.some(({ type }) => type === 'image'),
  );
  if (!hasImage) return;
  const known = await source.capabilities?.(model);
  if (known?.images !== false) return;
  throw modelErrors.AF_MODEL_UNSUPPORTED({
    provider: source.provider,
    reason: `its model "${model}" takes no images, and the conversation holds one`,
    mend: 'Name a model that takes images, first or further on in the list of the agent, or leave the image out.',
  });
}
