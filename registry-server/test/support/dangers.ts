/** Everything in a page that could run or be loaded: elements, handlers, addresses. */
export function dangers(page: string): string[] {
  const withoutData = page.replace(/<script type="application\/ld\+json">[^<]*<\/script>/g, '');
  const tags = withoutData.match(/<[a-z][^>]*>/gi) ?? [];
  return tags.filter(
    (tag) =>
      /^<(script|iframe|object|embed|base|style|svg)/i.test(tag) ||
      / on[a-z]+\s*=/i.test(tag.replace(/"[^"]*"/g, '""')) ||
      /(href|src)="(?!https?:|\/|#|mailto:)/i.test(tag) ||
      /<(img|link)[^>]*(src|href)="https?:(?![^"]*localhost)/i.test(
        tag.replace(/<link rel="canonical"[^>]*>/, ''),
      ),
  );
}
