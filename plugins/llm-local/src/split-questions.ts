import { contentWords } from './words.ts';

/** Words with which a question or a wish begins. */
const opening =
  'what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|should|calculate|' +
  'compute|tell|show|explain|describe|find|search|fetch|open|read|list|give|roll|convert|translate|summari[sz]e|look';
const begins = new RegExp(`^(?:and |also |then |please )*(?:${opening})\\b`, 'i');
const between = new RegExp(
  `(?<=[?!;])\\s+|(?<=\\.)\\s+(?=[A-Z])|,?\\s+(?:and|also|and also|and then|then)\\s+(?=(?:${opening})\\b)`,
  'i',
);

/** At most this many questions of one message are answered. */
const most = 4;

/** The questions and wishes in a message, one each; what is only said goes with the question after it. */
export function splitQuestions(message: string): string[] {
  const questions: string[] = [];
  let said = '';
  for (const part of message.split(between)) {
    const sentence = part.trim();
    if (sentence === '') continue;
    const asks = sentence.endsWith('?') || begins.test(sentence);
    if (!asks) said = said === '' ? sentence : `${said} ${sentence}`;
    else if (contentWords(sentence).length > 0) {
      questions.push(said === '' ? sentence : `${said} ${sentence}`);
      said = '';
    }
  }
  if (said !== '') {
    const last = questions.pop();
    questions.push(last === undefined ? said : `${last} ${said}`);
  }
  return questions.slice(0, most);
}

/** Whether a message is a wish ("Roll a die") and not a question. */
export function isWish(message: string): boolean {
  const first = /^(?:please[, ]+)?(?:(?:can|could|would|will) you (?:please )?)?([a-z]+)/i.exec(
    message.trim(),
  );
  if (message.trim().endsWith('?') && !/^(?:can|could|would|will) you\b/i.test(message.trim())) return false;
  return !/^(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|has|have|explain|describe)$/i.test(
    first?.[1] ?? '',
  );
}
