"""WeChat groups' chats 群聊, and the candidate issues they hold."""
