/** A sign that a text talks to the model and not to its reader. */
export interface Signal {
  /** What it is, for people and programs. */
  readonly kind: string;
  /** How much it says, the same for all of its kind: 1 is enough alone with the usual threshold. */
  readonly weight: number;
  /** Looks at plain text in lower case. Gaps are bounded, so that the time grows with the text alone. */
  readonly pattern: RegExp;
}

/** Signs of instructions in a text that should hold none. Heuristics: they miss some, and take some for what they are not. */
export const injectionSignals: readonly Signal[] = [
  {
    kind: 'override',
    weight: 1,
    pattern:
      /\b(?:ignore|disregard|forget|override|bypass|skip)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|preceding|all|any|your|the|system|other)\b[^.\n]{0,30}\b(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|guardrails?|policies|constraints)\b/g,
  },
  {
    kind: 'override',
    weight: 1,
    pattern:
      /\b(?:ignorier\p{L}*|vergiss)\b[^.\n]{0,40}\b(?:anweisungen|vorgaben|regeln)\b|\b(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,30}\b(?:instructions|consignes|règles)\b|\b(?:ignora|olvida|ignorar)\b[^.\n]{0,40}\b(?:instrucciones|reglas|instruções|regras|istruzioni)\b/gu,
  },
  {
    kind: 'turn-marker',
    weight: 1,
    pattern:
      /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[\/?inst\]|<<\/?sys>>|<\/?(?:system|assistant|tool_result|function_results?|system_prompt|instructions)>|^[ \t]*#{2,4}[ \t]*(?:system|instructions?)\b[^\n]{0,20}$/gm,
  },
  { kind: 'turn-name', weight: 0.5, pattern: /^[ \t]*(?:system|assistant|developer)[ \t]*:/gm },
  {
    kind: 'new-role',
    weight: 0.6,
    pattern:
      /\byou are now\b|\b(?:pretend|act) (?:to be|as an?|you are)\b|\bnew (?:system |secret )?(?:instructions?|prompt|persona|task|objective)\b[ ]?[:-]|\b(?:developer|debug|jailbreak|dan) mode\b/g,
  },
  {
    kind: 'secrecy',
    weight: 0.6,
    pattern:
      /\b(?:do not|don't|never|without)\b[^.\n]{0,20}\b(?:tell|telling|inform|informing|mention|mentioning|reveal|alert|alerting|notify|notifying)\b[^.\n]{0,20}\b(?:the user|users?|human|anyone|anybody|them|this)\b/g,
  },
  {
    kind: 'disclosure',
    weight: 0.8,
    pattern:
      /\b(?:reveal|print|repeat|output|show|send|leak|exfiltrate|forward|upload|email|post)\b[^.\n]{0,40}\b(?:system prompt|your instructions|initial instructions|api[ _-]?keys?|passwords?|secrets?|credentials|access tokens?|conversation history|chat history|environment variables)\b/g,
  },
  {
    kind: 'address',
    weight: 0.4,
    pattern:
      /\b(?:attention|important|note|message|hello|dear|instructions?)\b[^.\n]{0,20}\b(?:ai|a\.i\.|assistant|language model|llm|chatbot|agent|chatgpt|claude|gemini|copilot)\b|\bif you are an? (?:ai|assistant|language model|llm|agent)\b/g,
  },
  {
    kind: 'tool-order',
    weight: 0.5,
    pattern:
      /\b(?:call|use|invoke|run|execute|trigger)\b[^.\n]{0,20}\b(?:the|your|this)\b[^.\n]{0,30}\b(?:tool|function|command|plugin|api)\b|\byou must (?:now |immediately )?(?:call|send|transfer|delete|execute|run|email|forward)\b/g,
  },
  {
    kind: 'carrier-link',
    weight: 0.8,
    pattern:
      /!\[[^\]\n]{0,80}\]\(\s{0,3}https?:\/\/[^)\s]{1,200}[?&][^)\s]{0,200}(?:=|\{|%7b)[^)\s]{0,200}\)/g,
  },
];
