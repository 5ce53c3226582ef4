/** When the collector looks: after a delay, and at once when somebody asks. One look at a time, and no request is lost. */

/** While details are still being read for the first time. */
const CATCH_UP_DELAY_MS = 60;
const MIN_DELAY_MS = 50;

export interface RefreshParts {
  /** Looks, and tells what is new; `everything`: also what is otherwise swept slowly. */
  look: (everything: boolean) => Promise<void>;
  isCatchingUp: () => boolean;
  /** After each look. */
  tell: (status: RefreshStatus) => void;
  /** Milliseconds since the epoch. */
  now: () => number;
}

export interface RefreshStatus {
  busyMs: number;
  /** Since when (milliseconds since the epoch) and why looking fails; null: this look was good. */
  failing: { since: number; reason: string } | null;
  /** The latest request that came before this look began; 0: there was none yet. */
  answered: number;
}

export class RefreshLoop {
  private readonly parts: RefreshParts;
  private delayMs: number;
  private isFrozen = false;
  private isBusy = false;
  /** Somebody wants a look that begins from now on. */
  private isAsked = false;
  private wantsEverything = false;
  private request = 0;
  private failing: RefreshStatus['failing'] = null;
  private timer: NodeJS.Timeout | null = null;
  private isClosed = false;

  constructor(parts: RefreshParts, delayMs: number) {
    this.parts = parts;
    this.delayMs = delayMs;
  }

  /** The first look is over: what it left out comes soon. */
  start(): void {
    this.schedule(CATCH_UP_DELAY_MS);
  }

  /** A look now, or right after the one that runs. `request` comes back as `answered`. */
  ask(everything: boolean, request = 0): void {
    this.wantsEverything ||= everything;
    this.request = Math.max(this.request, request);
    this.isAsked = true;
    this.schedule(0);
  }

  /** A look soon, unless frozen. */
  hint(): void {
    this.schedule(MIN_DELAY_MS);
  }

  setDelay(milliseconds: number): void {
    this.delayMs = Math.max(MIN_DELAY_MS, milliseconds);
    this.schedule(this.delayMs);
  }

  get frozen(): boolean {
    return this.isFrozen;
  }

  setFrozen(isFrozen: boolean): void {
    this.isFrozen = isFrozen;
    this.schedule(0);
  }

  close(): void {
    this.isClosed = true;
    if (this.timer) clearTimeout(this.timer);
  }

  private schedule(milliseconds: number): void {
    if (this.timer) clearTimeout(this.timer);
    if (!this.isClosed) this.timer = setTimeout(() => void this.tick(), milliseconds);
  }

  private pause(): number {
    if (this.isAsked) return 0;
    return this.parts.isCatchingUp() ? CATCH_UP_DELAY_MS : this.delayMs;
  }

  private async tick(): Promise<void> {
    // What is asked for meanwhile is looked at when this look is over.
    if (this.isBusy || (this.isFrozen && !this.isAsked)) return;
    this.isBusy = true;
    const { wantsEverything, request } = this;
    this.isAsked = this.wantsEverything = false;
    const before = performance.now();
    try {
      await this.parts.look(wantsEverything);
      this.failing = null;
    } catch (error) {
      this.wantsEverything ||= wantsEverything;
      const reason = String((error as Error).stack ?? error);
      this.failing = { since: this.failing?.since ?? this.parts.now(), reason };
    }
    this.isBusy = false;
    this.parts.tell({ busyMs: performance.now() - before, failing: this.failing, answered: request });
    this.schedule(this.pause());
  }
}
