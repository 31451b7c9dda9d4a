import type { ModelCapabilities } from '@agent-factory/sdk/contracts';

/** What is known of a model of Anthropic, and how it is asked to think. */
export interface AnthropicModel extends ModelCapabilities {
  /** `adaptive`: by an effort; `budget`: by a number of tokens. */
  thinking?: 'adaptive' | 'budget';
}

const usual: AnthropicModel = {
  tools: true,
  images: true,
  structuredOutput: 'native',
  reasoning: true,
  contextTokens: 200_000,
};

/** By how names begin; the first that fits. */
const families: readonly (readonly [name: RegExp, can: AnthropicModel])[] = [
  [/^claude-(?:2|instant|3)/, { ...usual, structuredOutput: 'prompted', reasoning: false }],
  [
    /^claude-(?:opus|sonnet)-4(?:-0|-1|-2025\d*)?(?:$|-20)/,
    { ...usual, structuredOutput: 'prompted', thinking: 'budget' },
  ],
  [/^claude-(?:opus|sonnet|haiku)-4-5/, { ...usual, thinking: 'budget', maxOutputTokens: 64_000 }],
  [/^claude-/, { ...usual, thinking: 'adaptive' }],
];

/** What is known of the model of that name; nothing of one that is not of Anthropic. */
export function anthropicModel(name: string): AnthropicModel {
  return families.find(([family]) => family.test(name))?.[1] ?? {};
}

/** The same as the contract has it. */
export function anthropicCapabilities(name: string): ModelCapabilities {
  const can = { ...anthropicModel(name) };
  delete can.thinking;
  return can;
}
