/** Waits for something that a host does by itself; looks every 20 ms. @throws after 20 s */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not true after 20 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
