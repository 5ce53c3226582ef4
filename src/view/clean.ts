/**
 * Text that others chose (process names, mount points, container names) made safe to show: nothing in it may
 * act on the terminal or reorder what stands beside it. Every view passes foreign text through here once.
 */
// C0, DEL, C1; soft hyphen, Arabic letter mark; zero-width and bidi marks; line separators; bidi isolates,
// invisible operators; variation selectors; BOM; interlinear annotation; tags; lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Each unsafe character becomes `?`; blanks of any kind become one plain blank each. */
export function clean(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ').replace(UNSAFE, '?');
}
