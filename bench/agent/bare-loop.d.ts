export function createBareLoop(baseUrl: string): (question: string) => Promise<string>;
