import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { createApi, toProblem } from "./api.ts";
import { loadConfig } from "./config.ts";
import { Problem } from "./parts/Problem.tsx";
import { createSignIn } from "./signIn.ts";
import "./styles.css";

const root = createRoot(document.getElementById("root") ?? document.body);
try {
  const config = await loadConfig();
  const signIn = await createSignIn(config);
  root.render(<App signIn={signIn} api={createApi(config.api, signIn.token)} />);
} catch (error) {
  root.render(
    <main className="welcome">
      <h1>DevFactory</h1>
      <Problem problem={toProblem(error)} onRetry={() => window.location.reload()} />
    </main>,
  );
}
