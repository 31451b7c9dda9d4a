export function createBareLoop(baseUrl: string, stream?: boolean): (question: string) => Promise<string>;
