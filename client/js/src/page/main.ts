document.documentElement.dataset["script"] = "ready";
