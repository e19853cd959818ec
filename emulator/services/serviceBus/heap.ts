/** A binary heap of numbers with a payload, smallest first. Entries are never taken out of the middle: readers skip stale ones. */
export class Heap<T> {
  readonly #items: { readonly order: number; readonly value: T }[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): { readonly order: number; readonly value: T } | undefined {
    return this.#items[0];
  }

  push(order: number, value: T): void {
    const items = this.#items;
    items.push({ order, value });
    let index = items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (!first || !last || items.length === 0) return first?.value;
    items[0] = last;
    let index = 0;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (left < items.length && this.#isBefore(left, least)) least = left;
      if (right < items.length && this.#isBefore(right, least)) least = right;
      if (least === index) return first.value;
      this.#swap(index, least);
      index = least;
    }
  }

  /** Entries whose time has come, taken out. */
  takeDue(now: number): readonly T[] {
    const taken: T[] = [];
    for (let top = this.peek(); top && top.order <= now; top = this.peek()) {
      taken.push(top.value);
      this.pop();
    }
    return taken;
  }

  #isBefore(a: number, b: number): boolean {
    return (this.#items[a]?.order ?? 0) < (this.#items[b]?.order ?? 0);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#items[a], this.#items[b]];
    if (!first || !second) return;
    this.#items[a] = second;
    this.#items[b] = first;
  }
}
