# Proself [V5] (mail_target.files)
# シークレットの更新のためにExchange Onlineで行うことはありません。これまでの設定はそのままです。
