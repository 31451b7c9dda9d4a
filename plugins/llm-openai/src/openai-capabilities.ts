import type { ModelCapabilities } from '@agent-factory/sdk/contracts';

const usual: ModelCapabilities = { tools: true, structuredOutput: 'native', images: true, reasoning: false };

/** What OpenAI's models can do, by how their names begin; the first that fits. */
const families: readonly (readonly [name: RegExp, can: ModelCapabilities])[] = [
  [/^gpt-\d+(?:\.\d+)?-chat|^chatgpt/, { ...usual, contextTokens: 128_000 }],
  [/^gpt-(?:[5-9]|\d\d)/, { ...usual, reasoning: true }],
  [/^gpt-4\.1/, { ...usual, contextTokens: 1_047_576, maxOutputTokens: 32_768 }],
  [/^gpt-4o/, { ...usual, contextTokens: 128_000, maxOutputTokens: 16_384 }],
  [/^gpt-4/, { tools: true, structuredOutput: 'prompted', reasoning: false }],
  [/^gpt-3\.5/, { tools: true, structuredOutput: 'prompted', images: false, reasoning: false }],
  [
    /^o3-mini/,
    { ...usual, images: false, reasoning: true, contextTokens: 200_000, maxOutputTokens: 100_000 },
  ],
  [/^o[1-9]/, { ...usual, reasoning: true, contextTokens: 200_000, maxOutputTokens: 100_000 }],
];

/** What is known of one of OpenAI's models; nothing of one that is not known. */
export function openaiCapabilities(model: string): ModelCapabilities {
  return families.find(([name]) => name.test(model))?.[1] ?? {};
}
